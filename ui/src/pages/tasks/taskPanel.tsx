import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { pagePaths } from '#schema/pages.js';
import type { Task } from '#schema/tasks.js';
import { pageLinks } from '../../app/pages.js';
import { useMayAct } from '../../app/session.js';
import { Icon } from '../../parts/icon.js';
import { Facts } from '../../parts/panel.js';
import { TaskStateMark } from '../../parts/statuses.js';
import { durationText } from '../../parts/timeText.js';
import { Duration, FullTime } from '../../parts/time.js';
import { TaskDialog, type TaskDecision } from './taskDialog.js';

const duties: Readonly<Record<string, string>> = {
  process_events: 'Sends what waits in the outbox to ClickHouse.',
  clean_events_outbox: 'Empties the outbox of what is delivered, and makes partitions ahead.',
};

/** One task: when it ran, when it is due, and what a person may do about it. */
export function TaskPanel({ task }: { task: Task }): ReactElement {
  const mayAct = useMayAct();
  const [asked, setAsked] = useState<TaskDecision>();
  const paused = task.pausedAt !== null;
  return (
    <section className="panel" aria-label={task.name}>
      <div className="panel-head">
        <h2 className="mono">{task.name}</h2>
        <TaskStateMark state={task.state} />
        <span className="grow" />
        {mayAct ? (
          <div className="row">
            <Button
              leftSection={<Icon name="play" />}
              onClick={() => {
                setAsked('run');
              }}
            >
              Run now
            </Button>
            <Button
              variant="default"
              className="pause-button"
              leftSection={<Icon name={paused ? 'play' : 'pause'} />}
              onClick={() => {
                setAsked(paused ? 'resume' : 'pause');
              }}
            >
              {paused ? 'Resume' : 'Pause'}
            </Button>
          </div>
        ) : null}
      </div>
      <div className="panel-body">
        <p className="muted task-duty">{duties[task.name] ?? ''}</p>
        <Facts
          facts={[
            ['Interval', <Duration key="" ms={task.intervalMs} />],
            ['Next', <Next key="" task={task} />],
            ['Last started', <FullTime key="" at={task.lastStartedAt} absent="never" />],
            ['Last finished', <FullTime key="" at={task.lastFinishedAt} absent="never" />],
            [
              'Worker',
              task.claimedBy === null ? (
                <span key="" className="muted">
                  nobody runs it now
                </span>
              ) : (
                <bdi key="" className="mono break">
                  {task.claimedBy}
                </bdi>
              ),
            ],
            ['Asked for', requestText(task)],
            ['Engine', task.engine],
            ...(task.lastError === null
              ? []
              : [
                  [
                    'Last error',
                    <bdi key="" className="break tone-bad">
                      {task.lastError}
                    </bdi>,
                  ] as const,
                ]),
          ]}
        />
        <Report task={task} />
      </div>
      <TaskDialog
        task={task}
        asked={asked}
        onClose={() => {
          setAsked(undefined);
        }}
      />
    </section>
  );
}

function Next({ task }: { task: Task }): ReactElement {
  if (task.pausedAt !== null) {
    return (
      <span>
        paused by <bdi>{task.pausedBy}</bdi>, <FullTime at={task.pausedAt} />
      </span>
    );
  }
  if (task.state !== 'overdue') return <FullTime at={task.nextDueAt} />;
  return (
    <span>
      <span className="tone-bad">overdue by {durationText(task.overdueMs)}</span>: nothing has started it.{' '}
      <Link href={pagePaths.doctor}>What to do</Link>
    </span>
  );
}

function requestText(task: Task): ReactElement {
  if (task.runRequestedAt === null) return <span className="muted">no run asked for</span>;
  return (
    <span>
      by <bdi>{task.runRequestedBy}</bdi>, <FullTime at={task.runRequestedAt} />
    </span>
  );
}

/** What its last run did. Names and values, since each task has its own. */
function Report({ task }: { task: Task }): ReactElement | null {
  if (task.lastReport === null) return null;
  const { runId } = task.lastReport;
  return (
    <details className="report">
      <summary>Report of its last run</summary>
      {typeof runId === 'string' ? <Link href={pageLinks.run(runId)}>Its page</Link> : null}
      <Facts
        facts={Object.entries(task.lastReport).map(([name, value]) => [
          name,
          <bdi key="" className="mono break">
            {reportText(value)}
          </bdi>,
        ])}
      />
    </details>
  );
}

function reportText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
