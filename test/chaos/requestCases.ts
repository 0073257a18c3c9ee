import type { RequestFault, RequestKind } from '../support/proxy.js';
import { emptyAnswer, exceptionAnswers, gatewayAnswers } from './answers.js';
import type { ChaosCase } from './chaosCase.js';

/** The requests that a delivery makes beside its inserts, and what brings it to make them. */
const requests: readonly {
  readonly kind: RequestKind;
  readonly name: string;
  /** Faults of inserts that come before. */
  readonly before?: readonly RequestFault[];
  readonly firstBatch?: 'arrived in part';
  /** Requests of this kind that pass first. */
  readonly passing?: number;
}[] = [
  { kind: 'tableCheck', name: 'check of the table' },
  { kind: 'settings', name: 'question for the known settings' },
  { kind: 'endInserts', name: 'end of old inserts', before: [{ kind: 'dropAnswer' }] },
  { kind: 'count', name: 'count before a resend', before: [{ kind: 'dropAnswer' }] },
  {
    kind: 'count',
    name: 'count before a resend of what was reset',
    before: [{ kind: 'reset', afterBodyBytes: 40_000 }],
  },
  { kind: 'count', name: 'count after a resend', firstBatch: 'arrived in part', passing: 1 },
  {
    kind: 'endInserts',
    name: "end of a replaced batch's inserts",
    firstBatch: 'arrived in part',
    passing: 1,
  },
  { kind: 'delete', name: 'delete of a replaced batch', firstBatch: 'arrived in part' },
  // Four counts come before: the one before the resend, and three looks after it.
  { kind: 'count', name: 'count after the delete', firstBatch: 'arrived in part', passing: 4 },
  { kind: 'insert', name: 'insert of the batch that replaces', firstBatch: 'arrived in part', passing: 1 },
];

const faults: readonly (readonly [string, RequestFault])[] = [
  ['reset before its body', { kind: 'reset', afterBodyBytes: 0 }],
  ['reset in its body', { kind: 'reset', afterBodyBytes: 10 }],
  ['reset after its body', { kind: 'reset', afterBodyBytes: 'all' }],
  ['closed one way in its body', { kind: 'halfClose', afterBodyBytes: 10 }],
  ['closed one way after its body', { kind: 'halfClose', afterBodyBytes: 'all' }],
  ['its answer dropped', { kind: 'dropAnswer' }],
  ['its answer cut by reset', { kind: 'cutAnswer', afterBytes: 40, by: 'reset' }],
  ['its answer cut by close', { kind: 'cutAnswer', afterBytes: 40, by: 'close' }],
  ...[...gatewayAnswers, ...exceptionAnswers, emptyAnswer].flatMap(
    ({ name, ...answer }): [string, RequestFault][] => [
      [`${name}, not asked`, answer],
      [`${name}, asked`, { ...answer, server: 'asked' }],
    ],
  ),
  ['its answer stalled', { kind: 'stallAnswer', releaseAfterMs: 300 }],
];

/** A fault that lets a request pass as it came: for those that come before the one that is spoiled. */
const untouched: RequestFault = { kind: 'slow', delayMsPerChunk: 0 };

export function requestCases(): ChaosCase[] {
  return requests.flatMap(({ kind, name, before = [], firstBatch, passing = 0 }) =>
    faults.map(([what, fault]) => ({
      name: `${name}: ${what}`,
      ...(firstBatch === undefined ? {} : { firstBatch }),
      spoil: ({ clickhouse }) => {
        const spoiled = before.map((first) => clickhouse.spoilNext('insert', first));
        for (let passed = 0; passed < passing; passed += 1) clickhouse.spoilNext(kind, untouched);
        return [...spoiled, clickhouse.spoilNext(kind, fault)];
      },
    })),
  );
}
