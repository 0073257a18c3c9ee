import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useParams } from 'wouter';
import type { QuarantinedAnswer } from '#schema/quarantine.js';
import { useLive } from '../../api/useLive.js';
import { pageLinks } from '../../app/pages.js';
import { useMayAct } from '../../app/session.js';
import { Icon } from '../../parts/icon.js';
import { Id } from '../../parts/id.js';
import { JsonTree } from '../../parts/jsonTree.js';
import { Loaded } from '../../parts/loaded.js';
import { bytesText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { Facts, Panel } from '../../parts/panel.js';
import { shortenMiddle } from '../../parts/shorten.js';
import { batchLooks } from '../../parts/statuses.js';
import { Status } from '../../parts/status.js';
import { FullTime } from '../../parts/time.js';
import { ErrorText } from '../batches/errorText.js';
import { Decide, type Asked } from './decide.js';

const everyMs = 5000;

/** One quarantined event: the reason in full, the offending row, and the two ways out. */
export default function QuarantinedPage(): ReactElement {
  const { eventId } = useParams<{ eventId: string }>();
  const result = useLive('readQuarantined', { params: { eventId } }, { everyMs, keepPrevious: false });
  const mayAct = useMayAct();
  const [asked, setAsked] = useState<Asked>();
  const { data, error } = result;
  const events: Asked['events'] = { of: 'events', eventIds: [eventId] };
  return (
    <div className="stack">
      <PageHead
        title={data?.event.eventType ?? `Event ${shortenMiddle(eventId)}`}
        under={{ title: 'Quarantine', to: '/quarantine' }}
        heading={
          <>
            <bdi className="break">{data?.event.eventType ?? `Event ${shortenMiddle(eventId)}`}</bdi>
            {data === undefined || error !== null ? null : <Status {...batchLooks.QUARANTINED} />}
          </>
        }
      >
        {mayAct && data !== undefined && error === null ? (
          <>
            <Button
              leftSection={<Icon name="release" />}
              onClick={() => {
                setAsked({ decision: 'release', events });
              }}
            >
              Release
            </Button>
            <Button
              variant="default"
              leftSection={<Icon name="dropped" />}
              onClick={() => {
                setAsked({ decision: 'drop', events });
              }}
            >
              Drop
            </Button>
          </>
        ) : null}
      </PageHead>
      <Loaded result={result} lines={20}>
        {(answer) => <Body answer={answer} />}
      </Loaded>
      <Decide
        asked={asked}
        onClose={() => {
          setAsked(undefined);
        }}
      />
    </div>
  );
}

function Body({ answer: { event, batch } }: { answer: QuarantinedAnswer }): ReactElement {
  return (
    <>
      <Panel
        title="Why ClickHouse refused it"
        aside={
          event.refusedColumn === null ? null : (
            <span>
              Column <bdi className="mono">{event.refusedColumn}</bdi>
            </span>
          )
        }
      >
        <ErrorText code={event.errorCode} text={event.errorText} />
      </Panel>
      <div className="event-body">
        {event.context === null ? (
          <Panel title="Context">Its row was deleted by hand.</Panel>
        ) : (
          <JsonTree text={event.context} label="Context" />
        )}
        <Panel title="The offending row">
          <Facts
            facts={[
              [
                'event_id',
                event.eventId === null ? (
                  'gone'
                ) : (
                  <Id key="" value={event.eventId} what="event id" to={`/events/${event.eventId}`} whole />
                ),
              ],
              [
                'event_type',
                <bdi key="" className="break">
                  {event.eventType}
                </bdi>,
              ],
              ['event_date_time', <FullTime key="" at={event.eventDateTime} />],
              [
                'environment',
                <bdi key="" className="break">
                  {event.environment}
                </bdi>,
              ],
              [
                'subject',
                <bdi key="" className="break">
                  {event.subject ?? 'none'}
                </bdi>,
              ],
              [
                'traceparent',
                <bdi key="" className="mono break small">
                  {event.traceparent ?? 'none'}
                </bdi>,
              ],
              ['metadata_version', event.metadataVersion],
              ['event_context', event.contextBytes === null ? 'gone' : bytesText(event.contextBytes)],
              ['Captured', <FullTime key="" at={event.capturedAt} />],
              ['Refused', <FullTime key="" at={event.refusedAt} />],
              ['Times it was sent', event.attemptCount],
              ['Batch', <Id key="" value={batch.id} what="batch id" to={pageLinks.batch(batch.id)} />],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}
