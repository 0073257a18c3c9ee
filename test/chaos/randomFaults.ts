import type { Random } from '../sealing/seededRandom.js';
import type { RequestFault, RequestKind } from '../support/proxy.js';
import type { StatementFault, StatementKind } from '../support/proxy/statementFault.js';
import { exceptionAnswers, gatewayAnswers } from './answers.js';

/** Longest that something is kept back, in milliseconds: longer than the lease of the workers. */
const stallMsMax = 2_500;
/** Of a hundred inserts, other requests and statements, so many are spoiled. */
const percentOfInserts = 40;
const percentOfRequests = 15;
const percentOfStatements = 4;

/** What goes wrong with a request, if anything does. */
export function anyRequestFault(random: Random, kind: RequestKind): RequestFault | undefined {
  if (random.integer(1, 100) > (kind === 'insert' ? percentOfInserts : percentOfRequests)) return undefined;
  const bodyBytes = kind === 'insert' ? random.integer(0, 60_000) : random.integer(0, 200);
  const afterBodyBytes = ([0, 'all', bodyBytes, bodyBytes, bodyBytes] as const)[random.integer(0, 4)] ?? 0;
  const answers = [...gatewayAnswers, ...exceptionAnswers];
  const answer = answers[random.integer(0, answers.length - 1)];
  const faults: readonly (RequestFault | undefined)[] = [
    { kind: 'reset', afterBodyBytes },
    { kind: 'halfClose', afterBodyBytes },
    { kind: 'dropAnswer' },
    { kind: 'dropAnswer' },
    {
      kind: 'cutAnswer',
      afterBytes: random.integer(0, 400),
      by: random.integer(0, 1) === 0 ? 'reset' : 'close',
    },
    answer === undefined ? undefined : { ...answer, afterBodyBytes },
    answer === undefined ? undefined : { ...answer, server: 'asked' },
    { kind: 'stall', afterBodyBytes, releaseAfterMs: random.integer(10, stallMsMax) },
    { kind: 'stallAnswer', releaseAfterMs: random.integer(10, stallMsMax) },
    { kind: 'slow', delayMsPerChunk: random.integer(1, 100) },
  ];
  return faults[random.integer(0, faults.length - 1)];
}

/** What goes wrong with a statement, if anything does. */
export function anyStatementFault(random: Random, kind: StatementKind): StatementFault | undefined {
  const percent = kind === 'copy' ? 2 * percentOfStatements : percentOfStatements;
  if (random.integer(1, 100) > percent) return undefined;
  const answerBytes = kind === 'copy' ? random.integer(0, 60_000) : random.integer(0, 30);
  const by = random.integer(0, 1) === 0 ? 'reset' : 'close';
  const faults: readonly StatementFault[] = [
    { kind: 'reset', afterBytes: 0 },
    { kind: 'reset', afterBytes: random.integer(1, 60) },
    { kind: 'reset', afterBytes: 'all' },
    { kind: 'halfClose', afterBytes: 'all' },
    { kind: 'halfClose', afterBytes: random.integer(1, 60) },
    { kind: 'cutAnswer', afterBytes: 0, by },
    { kind: 'cutAnswer', afterBytes: answerBytes, by },
    { kind: 'stall', releaseAfterMs: random.integer(10, stallMsMax) },
    { kind: 'stallAnswer', releaseAfterMs: random.integer(10, stallMsMax) },
    { kind: 'slow', delayMsPerChunk: random.integer(1, 100) },
  ];
  return faults[random.integer(0, faults.length - 1)];
}
