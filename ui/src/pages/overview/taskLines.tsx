import type { ReactElement } from 'react';
import { Link } from 'wouter';
import type { Task } from '#schema/tasks.js';
import { Empty } from '../../parts/states.js';
import { TaskStateMark } from '../../parts/statuses.js';
import { Time } from '../../parts/time.js';

export function TaskLines({ tasks }: { tasks: readonly Task[] | null }): ReactElement {
  if (tasks === null)
    return <Empty title="Postgres does not answer">What the tasks do is not known until it does.</Empty>;
  if (tasks.length === 0) {
    return (
      <Empty title="No worker has ever started" command="npx waybill worker">
        Events are kept safely until one does.
      </Empty>
    );
  }
  return (
    <ul>
      {tasks.map((task) => (
        <li key={task.name} className="task-line">
          <Link href="/tasks" className="mono grow">
            {task.name}
          </Link>
          <TaskStateMark state={task.state} />
          <span className="muted task-times">
            last <Time at={task.lastStartedAt} absent="never" />, next{' '}
            {task.state === 'paused' ? 'when resumed' : <Time at={task.nextDueAt} />}
          </span>
        </li>
      ))}
    </ul>
  );
}
