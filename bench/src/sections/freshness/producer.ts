import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { pgTransactions } from 'waybill/pg';
import type { Serve } from '../../processes/benchProcess.js';
import { monotonicMs } from './monotonicMs.js';
import { eventType, subjectOf } from './sequence.js';

export interface ProducerSetup {
  readonly databaseUrl: string;
}

/** A steady load: one event a transaction. */
export interface ProducerOrder {
  readonly transactionsPerSecond: number;
  readonly durationMs: number;
  /** It ends with a multiple of this many events, so that no batch is left waiting for events that never come. */
  readonly multipleOf: number;
  /** Sequence number of the first event. */
  readonly firstSequence: number;
}

export interface Produced {
  /** When the commit of each event was confirmed, by `monotonicMs`; the first is that of `firstSequence`. */
  readonly committedMs: readonly number[];
  readonly elapsedMs: number;
}

const connectionsMax = 16;
/** Transactions that wait for a connection: beyond this the load waits, so that memory stays bounded. */
const waitingMax = 1_000;

interface Numbered {
  readonly sequence: number;
}

/** What it writes, and how the event looks, is that of section "capture" in small. */
class PlaceNumberedOrder extends UseCase<Numbered, Numbered, pg.PoolClient> {
  protected async perform({ sequence }: Numbered, client: pg.PoolClient): Promise<Numbered> {
    await client.query('INSERT INTO orders (sequence) VALUES ($1)', [sequence]);
    return { sequence };
  }

  protected override getLogEvent({ sequence }: Numbered): LogEvent {
    return {
      eventType,
      subject: subjectOf(sequence),
      eventContext: { sequence, note: 'x'.repeat(150) },
      traceparent: `00-${String(sequence + 1).padStart(32, '0')}-00000000000000a1-01`,
    };
  }
}

export const serve: Serve<ProducerSetup, ProducerOrder, Produced> = async ({ databaseUrl }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connectionsMax, idleTimeoutMillis: 0 });
  await pool.query('CREATE TABLE IF NOT EXISTS orders (sequence bigint PRIMARY KEY)');
  const placeOrder = new PlaceNumberedOrder(pgTransactions(pool));
  return {
    handle: (order) => produce(placeOrder, order),
    close: () => pool.end(),
  };
};

/** Begins each transaction at its time, whether or not those before it have ended, as users do. */
async function produce(placeOrder: PlaceNumberedOrder, order: ProducerOrder): Promise<Produced> {
  const { transactionsPerSecond, durationMs, multipleOf, firstSequence } = order;
  const committedMs: number[] = [];
  const failure = new AbortController();
  const underWay = new Set<Promise<void>>();
  const startMs = monotonicMs();
  const isOver = (begun: number): boolean =>
    begun > 0 && begun % multipleOf === 0 && monotonicMs() - startMs >= durationMs;
  for (let begun = 0; !isOver(begun) && !failure.signal.aborted;) {
    const due = Math.floor(((monotonicMs() - startMs) * transactionsPerSecond) / 1_000);
    for (; begun < due && underWay.size < waitingMax && !isOver(begun); begun += 1) {
      const index = begun;
      const work = placeOrder
        .execute({ sequence: firstSequence + index })
        .then(() => {
          committedMs[index] = monotonicMs();
        })
        .catch((error: unknown) => {
          failure.abort(error);
        })
        .finally(() => underWay.delete(work));
      underWay.add(work);
    }
    await pause(1);
  }
  await Promise.all(underWay);
  failure.signal.throwIfAborted();
  return { committedMs, elapsedMs: monotonicMs() - startMs };
}
