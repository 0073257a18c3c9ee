import type { ReactElement } from 'react';
import { useLive } from '../../api/useLive.js';
import { Loaded } from '../../parts/loaded.js';
import { PageHead } from '../../parts/pageHead.js';
import { Empty } from '../../parts/states.js';
import { Runs } from './runs.js';
import { TaskPanel } from './taskPanel.js';

const everyMs = 3000;

export default function TasksPage(): ReactElement {
  const result = useLive('listTasks', {}, { everyMs });
  return (
    <div className="stack">
      <PageHead title="Tasks and runs" />
      <Loaded result={result} lines={10}>
        {({ tasks }) =>
          tasks.length === 0 ? (
            <div className="panel">
              <Empty title="No worker has ever started" command="npx waybill worker">
                Events are kept safely until one does. A worker registers the two tasks and runs them at their
                intervals.
              </Empty>
            </div>
          ) : (
            <div className="halves">
              {tasks.map((task) => (
                <TaskPanel key={task.name} task={task} />
              ))}
            </div>
          )
        }
      </Loaded>
      <Runs />
    </div>
  );
}
