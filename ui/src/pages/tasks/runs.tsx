import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { runEnds, runsQuery, type Run } from '#schema/runs.js';
import { useLive } from '../../api/useLive.js';
import { pageLinks } from '../../app/pages.js';
import { useUrlParams } from '../../app/url.js';
import { Filters, SelectFilter } from '../../parts/filters.js';
import { Loaded } from '../../parts/loaded.js';
import { bytesText, countText } from '../../parts/numberText.js';
import { UrlPager } from '../../parts/pager.js';
import { Panel } from '../../parts/panel.js';
import { queryOf } from '../../parts/queryOf.js';
import { RangeFilter } from '../../parts/rangeFilter.js';
import { rangeOf } from '../../parts/ranges.js';
import { Empty } from '../../parts/states.js';
import { RunEndMark } from '../../parts/statuses.js';
import { Table, type Column } from '../../parts/table.js';
import { Duration, Time } from '../../parts/time.js';

const everyMs = 5000;

const number = (value: number): ReactElement => <span className="number">{countText(value)}</span>;

const columns: readonly Column<Run>[] = [
  {
    id: 'started',
    header: 'Started',
    width: '9.5rem',
    cell: (run) => (
      <Link href={pageLinks.run(run.id)} data-row-link="">
        <Time at={run.startedAt} />
      </Link>
    ),
  },
  {
    id: 'end',
    header: 'Ended',
    width: '10rem',
    cell: (run) => <RunEndMark endedBecause={run.endedBecause} />,
  },
  {
    id: 'events',
    header: 'Events',
    align: 'right',
    width: '6.5rem',
    cell: (run) => number(run.eventsDelivered),
  },
  {
    id: 'batches',
    header: 'Batches',
    align: 'right',
    width: '6rem',
    hide: 'phone',
    cell: (run) => number(run.batchesDelivered),
  },
  {
    id: 'failed',
    header: 'Failed',
    align: 'right',
    width: '6rem',
    hide: 'phone',
    cell: (run) => number(run.attemptsFailed),
  },
  {
    id: 'bytes',
    header: 'Sent',
    align: 'right',
    width: '6rem',
    hide: 'narrow',
    cell: (run) => <span className="number">{bytesText(run.bytesDelivered)}</span>,
  },
  {
    id: 'took',
    header: 'Took',
    align: 'right',
    width: '6.5rem',
    hide: 'phone',
    cell: (run) => <Duration ms={run.durationMs} />,
  },
  {
    id: 'worker',
    header: 'Worker',
    hide: 'narrow',
    cell: (run) => <bdi className="mono one-line">{run.worker}</bdi>,
  },
];

/** The runs of process_events, newest first. */
export function Runs(): ReactElement {
  const url = useUrlParams();
  const { params } = url;
  const range = rangeOf(params);
  const result = useLive(
    'listRuns',
    { query: queryOf(runsQuery, params, range) },
    { everyMs, lastMs: range.lastMs },
  );
  return (
    <Panel title="Runs of process_events" flush>
      <Filters>
        <RangeFilter url={url} label="Started" />
        <SelectFilter
          url={url}
          name="endedBecause"
          label="Ended"
          all="In any way"
          options={runEnds.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
        />
        <SelectFilter
          url={url}
          name="busy"
          label="Which"
          all="All"
          options={[{ value: 'true', label: 'That did something' }]}
        />
      </Filters>
      <Loaded result={result} lines={20}>
        {({ items, nextCursor }) => (
          <>
            <Table
              label="Runs"
              columns={columns}
              rows={items}
              rowKey={(run) => run.id}
              outdated={result.isPlaceholderData}
              empty={
                params.size > 0 ? (
                  <Empty title="No run matches">Widen the range of time, or take a filter away.</Empty>
                ) : (
                  <Empty title="No run yet" command="npx waybill process-events">
                    A worker runs process_events at its interval; this command does it once.
                  </Empty>
                )
              }
            />
            <UrlPager url={url} shown={`${countText(items.length)} on this page`} nextCursor={nextCursor} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}
