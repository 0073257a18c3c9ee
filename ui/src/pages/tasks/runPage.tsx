import type { ReactElement } from 'react';
import { useParams } from 'wouter';
import type { Attempt } from '#schema/attempt.js';
import type { Run, RunAnswer } from '#schema/runs.js';
import { useLive } from '../../api/useLive.js';
import { pageLinks } from '../../app/pages.js';
import { CopyButton, Id } from '../../parts/id.js';
import { Loaded } from '../../parts/loaded.js';
import { bytesText, countText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { Facts, Panel } from '../../parts/panel.js';
import { shortenMiddle } from '../../parts/shorten.js';
import { Empty } from '../../parts/states.js';
import { OutcomeMark, RunEndMark } from '../../parts/statuses.js';
import { Table, type Column } from '../../parts/table.js';
import { Duration, FullTime, Time } from '../../parts/time.js';
import { ErrorText } from '../batches/errorText.js';

const everyMs = 3000;

const attemptColumns: readonly Column<Attempt>[] = [
  { id: 'at', header: 'Started', width: '9.5rem', cell: (attempt) => <Time at={attempt.startedAt} /> },
  {
    id: 'batch',
    header: 'Batch',
    width: '11rem',
    cell: (attempt) => (
      <Id value={attempt.batchId} what="batch id" to={pageLinks.batch(attempt.batchId)} rowLink />
    ),
  },
  {
    id: 'outcome',
    header: 'Outcome',
    width: '9rem',
    cell: (attempt) => <OutcomeMark outcome={attempt.outcome} />,
  },
  {
    id: 'rows',
    header: 'Rows',
    align: 'right',
    width: '6rem',
    hide: 'phone',
    cell: (attempt) => <span className="number">{countText(attempt.rows)}</span>,
  },
  {
    id: 'bytes',
    header: 'Sent',
    align: 'right',
    width: '6rem',
    hide: 'phone',
    cell: (attempt) => <span className="number">{bytesText(attempt.bytes)}</span>,
  },
  {
    id: 'took',
    header: 'Took',
    align: 'right',
    width: '6rem',
    hide: 'phone',
    cell: (attempt) => <Duration ms={attempt.durationMs} />,
  },
  {
    id: 'error',
    header: 'Error',
    hide: 'narrow',
    cell: (attempt) => (
      <span className="one-line" title={attempt.errorText ?? undefined}>
        <span className="mono">{attempt.errorCode}</span> <bdi className="muted">{attempt.errorText}</bdi>
      </span>
    ),
  },
];

export default function RunPage(): ReactElement {
  const { id } = useParams<{ id: string }>();
  const result = useLive('readRun', { params: { id } }, { everyMs, keepPrevious: false });
  return (
    <div className="stack">
      <PageHead
        title={`Run ${shortenMiddle(id)}`}
        under={{ title: 'Tasks and runs', to: '/tasks' }}
        heading={
          <>
            Run <span className="mono break">{id}</span>
            <CopyButton text={id} what="run id" />
            {result.data === undefined ? null : <RunEndMark endedBecause={result.data.run.endedBecause} />}
          </>
        }
      />
      <Loaded result={result} lines={20}>
        {(answer) => <RunBody answer={answer} />}
      </Loaded>
    </div>
  );
}

function RunBody({ answer: { run, attempts, attemptsAreAll } }: { answer: RunAnswer }): ReactElement {
  return (
    <>
      <Panel title="Report">
        <Facts facts={runFacts(run)} />
      </Panel>
      {run.errorCode === null && run.errorText === null ? null : (
        <Panel title="Why it ended">
          <ErrorText code={run.errorCode} text={run.errorText} />
        </Panel>
      )}
      <Panel
        title={attemptsAreAll ? 'What it sent' : `What it sent, the newest ${countText(attempts.length)}`}
        flush
      >
        <Table
          label="Attempts of the run"
          columns={attemptColumns}
          rows={attempts}
          rowKey={(attempt) => attempt.id}
          empty={<Empty title="It sent nothing">There were fewer records than a batch.</Empty>}
        />
      </Panel>
    </>
  );
}

function runFacts(run: Run): readonly (readonly [string, ReactElement | string])[] {
  return [
    [
      'Worker',
      <bdi key="" className="mono break">
        {run.worker}
      </bdi>,
    ],
    ['Started', <FullTime key="" at={run.startedAt} />],
    ['Finished', <FullTime key="" at={run.finishedAt} absent="it goes on, or its worker died" />],
    ['Took', <Duration key="" ms={run.durationMs} />],
    ['Events delivered', countText(run.eventsDelivered)],
    ['Bytes delivered', bytesText(run.bytesDelivered)],
    ['Batches sealed', countText(run.batchesSealed)],
    ['Batches delivered', countText(run.batchesDelivered)],
    ['Batches split', countText(run.batchesSplit)],
    ['Events quarantined', countText(run.eventsQuarantined)],
    ['Attempts succeeded', countText(run.attemptsSucceeded)],
    ['Attempts failed', countText(run.attemptsFailed)],
    ['Claims lost', countText(run.claimsLost)],
  ];
}
