import { Readable } from 'node:stream';
import type { OutboxPort } from '../../src/delivery/ports.js';
import type { BatchReading } from '../../src/outbox/readBatch.js';
import type { EventRow, PostgresStandIn } from './postgresStandIn.js';
import type { Wire } from './wire.js';

/**
 * The rows of a batch on their way from one stand-in to the other. Nobody reads the stream: the other stand-in takes the
 * events themselves.
 */
export class BatchRows extends Readable {
  /** Why the rows cannot be read to their end, once that is known. */
  failure: Error | undefined;
  readonly events: readonly EventRow[];

  constructor(events: readonly EventRow[]) {
    super();
    this.events = events;
  }

  override _read(): void {
    // Nobody asks.
  }
}

/** One worker's way to the outbox. */
export function outboxPort(wire: Wire, postgres: PostgresStandIn): OutboxPort {
  const statement = <Value>(name: string, effect: () => Value): Promise<Value> =>
    wire.call(name, (reply) => {
      reply({ value: effect() });
    });
  const { choices } = wire.surroundings;
  return {
    startRun: () => statement('startRun', () => undefined),
    finishRun: () => statement('finishRun', () => undefined),
    takeBatch: (take) => statement('takeBatch', () => postgres.takeBatch(take, choices.chance(20) ? 1 : 0)),
    claimBatch: (claim) =>
      statement('claimBatch', () => postgres.claimBatch(claim, choices.chance(20) ? 1 : 0)),
    renewClaim: (batch, leaseMs) =>
      statement(`renewClaim ${batch.id}`, () => postgres.renewClaim(batch, leaseMs)),
    readBatch: (batch) =>
      statement(`readBatch ${batch.id}`, () => {
        const endReading = (): Promise<void> =>
          statement('endReading', () => undefined).catch(() => undefined);
        return readingOf(postgres.readBatch(batch.id), batch.eventCount, endReading);
      }),
    markDelivered: (batch) => statement(`markDelivered ${batch.id}`, () => postgres.markDelivered(batch)),
    releaseBatch: (batch, _attempt, release) =>
      statement(`releaseBatch ${batch.id}`, () => postgres.releaseBatch(batch, release)),
    replaceBatch: (batch, _attempt, replacement) =>
      statement(`replaceBatch ${batch.id}`, () => postgres.replaceBatch(batch, replacement)),
    countDistinctEvents: (batch) =>
      statement(`countDistinctEvents ${batch.id}`, () => postgres.readBatch(batch.id).length),
    quarantineBatch: (batch) =>
      statement(`quarantineBatch ${batch.id}`, () => postgres.quarantineBatch(batch)),
  };
}

function readingOf(
  events: readonly EventRow[],
  eventCount: number,
  close: () => Promise<void>,
): BatchReading {
  const rows = new BatchRows(events);
  if (events.length !== eventCount)
    rows.failure = new Error(`The batch has ${String(events.length)} of ${String(eventCount)} events.`);
  return {
    rows,
    error: () => rows.failure,
    bytes: () => events.length * 100,
    close,
  };
}
