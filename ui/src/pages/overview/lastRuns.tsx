import type { ReactElement } from 'react';
import type { Run } from '#schema/runs.js';
import { pageLinks } from '../../app/pages.js';
import { Link } from 'wouter';
import { countText } from '../../parts/numberText.js';
import { Empty } from '../../parts/states.js';
import { RunEndMark } from '../../parts/statuses.js';
import { Table, type Column } from '../../parts/table.js';
import { Duration, Time } from '../../parts/time.js';

const columns: readonly Column<Run>[] = [
  {
    id: 'started',
    header: 'Started',
    width: '26%',
    cell: (run) => (
      <Link href={pageLinks.run(run.id)} data-row-link="">
        <Time at={run.startedAt} />
      </Link>
    ),
  },
  { id: 'end', header: 'Ended', cell: (run) => <RunEndMark endedBecause={run.endedBecause} /> },
  {
    id: 'events',
    header: 'Events',
    align: 'right',
    cell: (run) => <span className="number">{countText(run.eventsDelivered)}</span>,
  },
  {
    id: 'took',
    header: 'Took',
    align: 'right',
    width: '22%',
    cell: (run) => <Duration ms={run.durationMs} />,
  },
];

export function LastRuns({ runs }: { runs: readonly Run[] | null }): ReactElement {
  if (runs === null) return <Empty title="Postgres does not answer" />;
  return (
    <Table
      label="Last runs"
      columns={columns}
      rows={runs}
      rowKey={(run) => run.id}
      empty={
        <Empty title="No run yet" command="npx waybill worker">
          A worker runs process_events at its interval.
        </Empty>
      }
    />
  );
}
