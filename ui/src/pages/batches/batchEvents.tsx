import { useState, type ReactElement } from 'react';
import { useLive } from '../../api/useLive.js';
import { Loaded } from '../../parts/loaded.js';
import { countText } from '../../parts/numberText.js';
import { Pager } from '../../parts/pager.js';
import { Panel } from '../../parts/panel.js';
import { Notices } from '../../parts/notices.js';
import { Empty } from '../../parts/states.js';
import { EventsTable } from '../events/eventsTable.js';

/** The records of a batch, a page at a time. */
export function BatchEvents({ batchId }: { batchId: string }): ReactElement {
  const [cursor, setCursor] = useState<string>();
  const result = useLive('listBatchEvents', {
    params: { id: batchId },
    query: { limit: 20, ...(cursor === undefined ? {} : { cursor }) },
  });
  const { data } = result;
  const source = data?.source === 'clickhouse' ? 'from ClickHouse' : 'from the outbox';
  return (
    <Panel
      title="Its events"
      flush
      aside={data === undefined ? null : <span className="muted small">{source}</span>}
    >
      <Loaded result={result} lines={20}>
        {({ items, notices, nextCursor }) => (
          <>
            <Notices notices={notices} />
            <EventsTable
              events={items}
              outdated={result.isPlaceholderData}
              empty={
                <Empty title="None of its events is there">
                  The outbox is cleaned, and ClickHouse does not have them or does not answer.
                </Empty>
              }
            />
            <Pager
              shown={`${countText(items.length)} on this page`}
              onFirst={
                cursor === undefined
                  ? undefined
                  : () => {
                      setCursor(undefined);
                    }
              }
              onNext={
                nextCursor === null
                  ? undefined
                  : () => {
                      setCursor(nextCursor);
                    }
              }
            />
          </>
        )}
      </Loaded>
    </Panel>
  );
}
