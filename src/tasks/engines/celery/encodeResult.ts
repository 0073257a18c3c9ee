import type { TaskMessage } from './decodeMessage.js';

/** How a message ended, as Celery knows it. */
export type Outcome =
  | { readonly state: 'SUCCESS'; readonly value: unknown }
  | { readonly state: 'FAILURE' | 'REVOKED'; readonly exception: PythonException };

/** What `AsyncResult.get()` raises. */
export interface PythonException {
  readonly module: 'builtins' | 'celery.exceptions';
  readonly type: 'RuntimeError' | 'TypeError' | 'NotRegistered' | 'TaskRevokedError';
  readonly message: string;
}

export function failure(type: 'RuntimeError' | 'TypeError', message: string): Outcome {
  return { state: 'FAILURE', exception: { module: 'builtins', type, message } };
}

export function notRegistered(task: string): Outcome {
  return {
    state: 'FAILURE',
    exception: { module: 'celery.exceptions', type: 'NotRegistered', message: task },
  };
}

export const expired: Outcome = {
  state: 'REVOKED',
  exception: { module: 'celery.exceptions', type: 'TaskRevokedError', message: 'expired' },
};

/**
 * What Celery's Redis backend keeps of a result, as JSON (`Backend._get_result_meta` in celery/backends/base.py).
 * @param doneAt when the task ended
 */
export function encodeStoredResult(message: TaskMessage, outcome: Outcome, doneAt: Date): string {
  return JSON.stringify({
    status: outcome.state,
    result: resultOf(outcome),
    traceback: null,
    children: [],
    date_done: doneAt.toISOString().replace('Z', '+00:00'),
    ...(message.groupId === undefined ? {} : { group_id: message.groupId }),
    ...(message.parentId === undefined ? {} : { parent_id: message.parentId }),
    task_id: message.id,
  });
}

/** What Celery's `rpc://` backend sends as a result, as JSON (`RPCBackend._to_result` in celery/backends/rpc.py). */
export function encodeReply(message: TaskMessage, outcome: Outcome): string {
  return JSON.stringify({
    task_id: message.id,
    status: outcome.state,
    result: resultOf(outcome),
    traceback: null,
    children: [],
  });
}

function resultOf(outcome: Outcome): unknown {
  if (outcome.state === 'SUCCESS') return outcome.value ?? null;
  const { type, message, module } = outcome.exception;
  return { exc_type: type, exc_message: [message], exc_module: module };
}
