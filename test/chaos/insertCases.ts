import { seededRandom } from '../sealing/seededRandom.js';
import type { BodyPart, RequestFault } from '../support/proxy.js';
import type { ChaosCase } from './chaosCase.js';
import { emptyAnswer, exceptionAnswers, gatewayAnswers } from './answers.js';

/** Random places in a body of some 100 kB. */
const randomCuts = 12;
/** Bytes around the end of a chunk: within its last bytes, at its end, and within the next one's length. */
const offsetsAtChunkEnd = [-3, -2, -1, 0, 1, 2, 3];

/** What can happen to an insert. The first one is spoiled: that of the batch that spans five months. */
export function insertCases(seed: number): ChaosCase[] {
  const random = seededRandom(seed);
  const bytes = Array.from({ length: randomCuts }, () => random.integer(2, 90_000));
  const chunkEnds = [0, 1, 2].flatMap((chunk) =>
    offsetsAtChunkEnd.filter((offset) => chunk > 0 || offset > 0).map((offset) => ({ chunk, offset })),
  );
  const places: readonly BodyPart[] = [0, 1, ...bytes, ...chunkEnds, 'all'];
  return [
    ...places.flatMap((afterBodyBytes) => [
      insertCase(`reset ${nameOf(afterBodyBytes)}`, { kind: 'reset', afterBodyBytes }),
      insertCase(`closed one way ${nameOf(afterBodyBytes)}`, { kind: 'halfClose', afterBodyBytes }),
    ]),
    insertCase('its answer dropped', { kind: 'dropAnswer' }),
    ...[1, 30, 200].flatMap((afterBytes) =>
      (['reset', 'close'] as const).map((by) =>
        insertCase(`its answer cut by ${by} after ${String(afterBytes)} bytes`, {
          kind: 'cutAnswer',
          afterBytes,
          by,
        }),
      ),
    ),
    ...[...gatewayAnswers, ...exceptionAnswers, emptyAnswer].flatMap(({ name, ...answer }) => [
      insertCase(`${name} before its body`, { ...answer, afterBodyBytes: 0 }),
      insertCase(`${name} in the middle of its body`, { ...answer, afterBodyBytes: 50_000 }),
      insertCase(`${name} after its body, not stored`, answer),
      insertCase(`${name} after it was stored`, { ...answer, server: 'asked' }),
    ]),
    insertCase('stalled in its body', { kind: 'stall', afterBodyBytes: 50_000, releaseAfterMs: 500 }),
    insertCase('its answer stalled', { kind: 'stallAnswer', releaseAfterMs: 500 }),
    insertCase('slow', { kind: 'slow', delayMsPerChunk: 30 }),
    twice('its answer dropped twice', { kind: 'dropAnswer' }),
    twice('reset twice', { kind: 'reset', afterBodyBytes: 40_000 }),
  ];
}

function nameOf(part: BodyPart): string {
  if (part === 'all') return 'after its body';
  if (part === 0) return 'before its body';
  if (typeof part === 'number') return `after ${part.toLocaleString('en')} bytes of its body`;
  const { chunk, offset } = part;
  return `${String(Math.abs(offset))} bytes ${offset < 0 ? 'before' : 'behind'} the end of chunk ${String(chunk)}`;
}

function insertCase(what: string, fault: RequestFault): ChaosCase {
  return { name: `insert: ${what}`, spoil: ({ clickhouse }) => [clickhouse.spoilNext('insert', fault)] };
}

function twice(what: string, fault: RequestFault): ChaosCase {
  return {
    name: `insert: ${what}`,
    spoil: ({ clickhouse }) => [clickhouse.spoilNext('insert', fault), clickhouse.spoilNext('insert', fault)],
  };
}
