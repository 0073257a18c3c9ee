import { NativeSelect } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { taskName, type Task, type TaskActionAnswer } from '#schema/tasks.js';
import { useAction } from '../../api/useAction.js';
import { useAnnounce } from '../../parts/announce.js';
import { Confirm } from '../../parts/confirm.js';

export type TaskDecision = 'run' | 'pause' | 'resume';

interface TaskDialogProps {
  readonly task: Task;
  readonly asked: TaskDecision | undefined;
  readonly onClose: () => void;
}

const ttls = [
  { value: '', label: 'Until it is through' },
  { value: '10000', label: '10 seconds at most' },
  { value: '60000', label: 'A minute at most' },
  { value: '600000', label: '10 minutes at most' },
  { value: '3600000', label: 'An hour at most' },
];

const words: Readonly<Record<TaskDecision, { readonly title: string; readonly action: string }>> = {
  run: { title: 'Run it now?', action: 'Run now' },
  pause: { title: 'Pause it?', action: 'Pause' },
  resume: { title: 'Resume it?', action: 'Resume' },
};

/** Asks before a task is run, paused or resumed. */
export function TaskDialog({ task, asked, onClose }: TaskDialogProps): ReactElement {
  const [ttl, setTtl] = useState('');
  const [last, setLast] = useState<TaskDecision>('run');
  if (asked !== undefined && asked !== last) setLast(asked);
  const run = useAction('runTask');
  const pause = useAction('pauseTask');
  const resume = useAction('resumeTask');
  const announce = useAnnounce();
  const decision = asked ?? last;
  const { title, action } = words[decision];

  const act = async (reason: string | undefined): Promise<void> => {
    const params = { name: taskName.parse(task.name) };
    const body = reason === undefined ? {} : { reason };
    let done: TaskActionAnswer;
    if (decision === 'run') {
      done = await run({ params, body: { ...body, ...(ttl === '' ? {} : { ttlMs: Number(ttl) }) } });
    } else {
      done = await (decision === 'pause' ? pause : resume)({ params, body });
    }
    announce({ text: doneText(task.name, done) });
  };

  return (
    <Confirm
      opened={asked !== undefined}
      title={`${task.name}: ${title}`}
      action={action}
      askReason
      onConfirm={act}
      onClose={onClose}
    >
      {decision === 'run' ? (
        <>
          <p>
            A worker takes it up within seconds{task.pausedAt === null ? '' : ', although the task is paused'}
            .
          </p>
          <NativeSelect
            label="Working time"
            value={ttl}
            data={ttls}
            onChange={(event) => {
              setTtl(event.currentTarget.value);
            }}
          />
        </>
      ) : decision === 'pause' ? (
        <p>
          {task.name === 'process_events'
            ? 'Nothing is delivered until it is resumed. Events are kept safely, and the age of the oldest grows.'
            : 'The outbox grows until it is resumed. Deliveries go on.'}{' '}
          A run that is under way comes to its end.
        </p>
      ) : (
        <p>It is due at its next time, and at once if that is past.</p>
      )}
    </Confirm>
  );
}

function doneText(name: string, { outcome, task }: TaskActionAnswer): string {
  switch (outcome) {
    case 'requested':
      return `A run of ${name} was asked for.`;
    case 'paused':
      return `${name} is paused.`;
    case 'resumed':
      return `${name} is resumed.`;
    case 'unchanged':
      return `Nothing was changed: ${name} is ${task.pausedAt === null ? 'not paused' : 'paused'} already.`;
  }
}
