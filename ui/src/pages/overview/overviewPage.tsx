import { Link } from 'wouter';
import type { ReactElement } from 'react';
import type { Overview } from '#schema/overview.js';
import { useLive } from '../../api/useLive.js';
import { PageHead } from '../../parts/pageHead.js';
import { Panel } from '../../parts/panel.js';
import { Failure, Skeleton } from '../../parts/states.js';
import { Flow } from './flow.js';
import { LastRuns } from './lastRuns.js';
import { overviewEveryMs } from './overviewEveryMs.js';
import { Plots } from './plots.js';
import { TaskLines } from './taskLines.js';
import { Tiles } from './tiles.js';

export default function OverviewPage(): ReactElement {
  const { data, error, refetch } = useLive('readOverview', {}, { everyMs: overviewEveryMs });
  if (data === undefined && error !== null) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <div className="stack">
      <PageHead title="Overview">
        {data === undefined ? null : <Databases databases={data.databases} />}
      </PageHead>
      <Flow overview={data} />
      <Tiles overview={data} />
      <Plots />
      <div className="halves">
        <Panel title="Tasks" flush aside={<Link href="/tasks">All about tasks</Link>}>
          {data === undefined ? <Skeleton lines={2} height="2.75rem" /> : <TaskLines tasks={data.tasks} />}
        </Panel>
        <Panel title="Last runs" flush aside={<Link href="/tasks">All runs</Link>}>
          {data === undefined ? <Skeleton lines={5} /> : <LastRuns runs={data.lastRuns} />}
        </Panel>
      </div>
    </div>
  );
}

function Databases({ databases }: { databases: Overview['databases'] }): ReactElement {
  return (
    <>
      {(['postgres', 'clickhouse'] as const).map((name) => {
        const { reachable, error } = databases[name];
        return (
          <Link
            key={name}
            href="/doctor"
            className="database"
            data-tone={reachable ? 'good' : 'bad'}
            title={error ?? 'It answers.'}
          >
            <span className="dot" />
            {name === 'postgres' ? 'Postgres' : 'ClickHouse'} {reachable ? 'answers' : 'does not answer'}
          </Link>
        );
      })}
    </>
  );
}
