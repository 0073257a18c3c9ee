import { describe, expect, it } from 'vitest';
import type { TaskMessage } from './decodeMessage.js';
import { encodeReply, encodeStoredResult, expired, failure, notRegistered } from './encodeResult.js';

const message: TaskMessage = {
  id: 'a-b-c',
  task: 'process_events',
  args: [],
  kwargs: {},
  etaMs: undefined,
  expiresMs: undefined,
  ignoreResult: false,
  groupId: undefined,
  parentId: undefined,
  replyTo: 'answers',
  correlationId: 'a-b-c',
  followUps: [],
};
const doneAt = new Date('2026-01-02T03:04:05.678Z');

describe('a result', () => {
  it('has the fields that the Redis backend of Celery keeps', () => {
    const value = { startedAt: doneAt, error: undefined, eventsDelivered: 7 };
    expect(JSON.parse(encodeStoredResult(message, { state: 'SUCCESS', value }, doneAt))).toEqual({
      status: 'SUCCESS',
      result: { startedAt: '2026-01-02T03:04:05.678Z', eventsDelivered: 7 },
      traceback: null,
      children: [],
      date_done: '2026-01-02T03:04:05.678+00:00',
      task_id: 'a-b-c',
    });
  });

  it('names its group and its parent where it has them', () => {
    const related = { ...message, groupId: 'g', parentId: 'p' };
    expect(JSON.parse(encodeStoredResult(related, expired, doneAt))).toMatchObject({
      group_id: 'g',
      parent_id: 'p',
    });
  });

  it('has the fields that the rpc:// backend sends', () => {
    expect(JSON.parse(encodeReply(message, { state: 'SUCCESS', value: undefined }))).toEqual({
      task_id: 'a-b-c',
      status: 'SUCCESS',
      result: null,
      traceback: null,
      children: [],
    });
  });

  it.each([
    [failure('RuntimeError', 'out of paper'), 'FAILURE', 'RuntimeError', 'out of paper', 'builtins'],
    [failure('TypeError', 'no'), 'FAILURE', 'TypeError', 'no', 'builtins'],
    [notRegistered('add'), 'FAILURE', 'NotRegistered', 'add', 'celery.exceptions'],
    [expired, 'REVOKED', 'TaskRevokedError', 'expired', 'celery.exceptions'],
  ] as const)('is an exception of Python for %j', (outcome, status, type, text, module) => {
    expect(JSON.parse(encodeReply(message, outcome))).toMatchObject({
      status,
      result: { exc_type: type, exc_message: [text], exc_module: module },
    });
  });
});
