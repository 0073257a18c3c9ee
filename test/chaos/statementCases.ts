import { seededRandom } from '../sealing/seededRandom.js';
import type { StatementFault, StatementKind } from '../support/proxy/statementFault.js';
import type { ChaosCase } from './chaosCase.js';

/** The statements of a delivery, and what brings it to make them. */
const statements: readonly {
  readonly kind: StatementKind;
  readonly name: string;
  readonly insertFails?: boolean;
  readonly firstBatch?: 'arrived in part';
}[] = [
  { kind: 'startRun', name: 'beginning of the run' },
  { kind: 'take', name: 'taking of a batch' },
  { kind: 'claim', name: 'claim' },
  { kind: 'beginReading', name: 'beginning of the read' },
  { kind: 'copy', name: 'COPY' },
  { kind: 'commit', name: 'COMMIT of the read' },
  { kind: 'mark', name: 'marking as delivered' },
  { kind: 'release', name: 'release', insertFails: true },
  { kind: 'replace', name: 'replacement', firstBatch: 'arrived in part' },
  { kind: 'finishRun', name: 'end of the run' },
];

const faults: readonly (readonly [string, StatementFault])[] = [
  ['reset before it was sent', { kind: 'reset', afterBytes: 0 }],
  ['reset in the middle of it', { kind: 'reset', afterBytes: 10 }],
  ['reset when it was sent', { kind: 'reset', afterBytes: 'all' }],
  ['closed one way when it was sent', { kind: 'halfClose', afterBytes: 'all' }],
  ['closed one way in the middle of it', { kind: 'halfClose', afterBytes: 10 }],
  ['its answer dropped by reset', { kind: 'cutAnswer', afterBytes: 0, by: 'reset' }],
  ['its answer dropped by close', { kind: 'cutAnswer', afterBytes: 0, by: 'close' }],
  ['its answer cut by reset', { kind: 'cutAnswer', afterBytes: 3, by: 'reset' }],
  ['its answer cut by close', { kind: 'cutAnswer', afterBytes: 3, by: 'close' }],
  ['it stalled', { kind: 'stall', releaseAfterMs: 300 }],
  ['its answer stalled', { kind: 'stallAnswer', releaseAfterMs: 300 }],
];

export function statementCases(seed: number): ChaosCase[] {
  const random = seededRandom(seed + 1);
  const rowCuts = [40_000, ...Array.from({ length: 12 }, () => random.integer(100, 90_000))];
  return [
    ...statements.flatMap(({ kind, name, insertFails = false, firstBatch }) =>
      faults.map(([what, fault]): ChaosCase => ({
        name: `Postgres, ${name}: ${what}`,
        ...(firstBatch === undefined ? {} : { firstBatch }),
        spoil: ({ clickhouse, postgres }) => [
          ...(insertFails ? [clickhouse.spoilNext('insert', { kind: 'reset', afterBodyBytes: 100 })] : []),
          postgres.spoilNext(kind, fault),
        ],
      })),
    ),
    ...rowCuts.flatMap((afterBytes) =>
      (['reset', 'close'] as const).map((by): ChaosCase => ({
        name: `Postgres, COPY: ${by} after ${afterBytes.toLocaleString('en')} bytes of the rows`,
        spoil: ({ postgres }) => [postgres.spoilNext('copy', { kind: 'cutAnswer', afterBytes, by })],
      })),
    ),
    {
      name: 'Postgres, COPY: slow',
      spoil: ({ postgres }) => [postgres.spoilNext('copy', { kind: 'slow', delayMsPerChunk: 30 })],
    },
    {
      name: 'Postgres, marking as delivered and release: their answers dropped',
      spoil: ({ postgres }) => [
        postgres.spoilNext('mark', { kind: 'reset', afterBytes: 0 }),
        postgres.spoilNext('release', { kind: 'cutAnswer', afterBytes: 0, by: 'reset' }),
      ],
    },
  ];
}
