import type { ReactElement } from 'react';
import type { attemptOutcomes } from '#schema/attempt.js';
import type { BatchStatus } from '#schema/batches.js';
import type { Finding } from '#schema/doctor.js';
import type { EventState } from '#schema/events.js';
import type { Task } from '#schema/tasks.js';
import type { IconName } from './icon.js';
import { Status, type Tone } from './status.js';

interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly label: string;
  readonly title?: string;
}

export const batchLooks: Readonly<Record<BatchStatus, Look>> = {
  AWAITING_DELIVERY: { tone: 'idle', icon: 'waiting', label: 'Awaiting' },
  SENDING: { tone: 'busy', icon: 'sending', label: 'Sending' },
  DELIVERED: { tone: 'good', icon: 'good', label: 'Delivered' },
  QUARANTINED: { tone: 'bad', icon: 'quarantine', label: 'Quarantined' },
  REPLACED: { tone: 'idle', icon: 'replaced', label: 'Replaced', title: 'Its children own its events now.' },
  DROPPED: {
    tone: 'idle',
    icon: 'dropped',
    label: 'Dropped',
    title: 'Somebody decided that it is never delivered.',
  },
};

const eventLooks: Readonly<Record<EventState, Look>> = {
  awaiting: batchLooks.AWAITING_DELIVERY,
  sending: batchLooks.SENDING,
  delivered: batchLooks.DELIVERED,
  quarantined: batchLooks.QUARANTINED,
  dropped: batchLooks.DROPPED,
};

const outcomeLooks: Readonly<Record<(typeof attemptOutcomes)[number], Look>> = {
  delivered: { tone: 'good', icon: 'good', label: 'Delivered' },
  unknown: {
    tone: 'warn',
    icon: 'warning',
    label: 'Unknown',
    title: 'No verdict came. The rows are counted before it is sent again.',
  },
  unavailable: {
    tone: 'warn',
    icon: 'waiting',
    label: 'Unavailable',
    title: 'ClickHouse could not take it then. It is sent again.',
  },
  misconfigured: {
    tone: 'bad',
    icon: 'bad',
    label: 'Misconfigured',
    title: 'ClickHouse cannot take it until somebody changes something there.',
  },
  rejected: {
    tone: 'bad',
    icon: 'quarantine',
    label: 'Rejected',
    title: 'ClickHouse refused the data of some row. The batch is split.',
  },
  claim_lost: {
    tone: 'warn',
    icon: 'replaced',
    label: 'Claim lost',
    title: 'Another worker took the batch over.',
  },
};

const taskLooks: Readonly<Record<Task['state'], Look>> = {
  running: { tone: 'busy', icon: 'sending', label: 'Running' },
  requested: {
    tone: 'busy',
    icon: 'waiting',
    label: 'Requested',
    title: 'A worker takes it up within seconds.',
  },
  paused: { tone: 'warn', icon: 'pause', label: 'Paused' },
  overdue: { tone: 'bad', icon: 'warning', label: 'Overdue' },
  waiting: { tone: 'good', icon: 'waiting', label: 'Waiting' },
};

export const severityLooks: Readonly<Record<Finding['severity'], Look>> = {
  fatal: { tone: 'bad', icon: 'bad', label: 'Fatal' },
  warning: { tone: 'warn', icon: 'warning', label: 'Warning' },
  note: { tone: 'busy', icon: 'note', label: 'Note' },
  ok: { tone: 'good', icon: 'good', label: 'Fine' },
};

const runLooks: Readonly<Record<string, Look>> = {
  drained: { tone: 'good', icon: 'good', label: 'Drained', title: 'Fewer records than a batch are left.' },
  ttl_over: { tone: 'good', icon: 'waiting', label: 'Time over', title: 'Its working time was over.' },
  stopped: { tone: 'idle', icon: 'pause', label: 'Stopped', title: 'It was asked to stop.' },
  retries_exhausted: {
    tone: 'warn',
    icon: 'retry',
    label: 'Retries exhausted',
    title: 'A batch failed as often as FAILED_LOG_SENDING_RETRIES allows.',
  },
  too_many_rejected: {
    tone: 'bad',
    icon: 'quarantine',
    label: 'Too many rejected',
    title: 'Most likely it is the table that is at fault.',
  },
  misconfigured: {
    tone: 'bad',
    icon: 'bad',
    label: 'Misconfigured',
    title: 'ClickHouse cannot take events until somebody changes something there.',
  },
  failed: { tone: 'bad', icon: 'bad', label: 'Failed', title: 'Something of the service itself failed.' },
};

export function BatchStatusMark({ status }: { status: BatchStatus }): ReactElement {
  return <Status {...batchLooks[status]} />;
}

export function EventStateMark({ state }: { state: EventState }): ReactElement {
  return <Status {...eventLooks[state]} />;
}

export function OutcomeMark({ outcome }: { outcome: (typeof attemptOutcomes)[number] }): ReactElement {
  return <Status {...outcomeLooks[outcome]} />;
}

export function TaskStateMark({ state }: { state: Task['state'] }): ReactElement {
  return <Status {...taskLooks[state]} />;
}

export function SeverityMark({ severity }: { severity: Finding['severity'] }): ReactElement {
  return <Status {...severityLooks[severity]} />;
}

/** How a run ended. Null: it goes on, or its worker died. */
export function RunEndMark({ endedBecause }: { endedBecause: string | null }): ReactElement {
  if (endedBecause === null)
    return <Status tone="busy" icon="sending" label="Running" title="Or its worker died." />;
  return <Status {...(runLooks[endedBecause] ?? { tone: 'idle', icon: 'note', label: endedBecause })} />;
}
