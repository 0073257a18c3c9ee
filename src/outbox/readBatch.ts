import { pipeline, Transform, type Readable, type TransformCallback } from 'node:stream';
import type pg from 'pg';
import { to as copyTo, type CopyToStreamQuery } from 'pg-copy-streams';
import type { ClaimedBatch } from './claimBatch.js';
import { bounded, type Outbox } from './database.js';

/** A batch's rows on their way out of Postgres, as COPY text. */
export interface BatchReading {
  /** Ends only when Postgres has confirmed that every row of the batch was read; otherwise it fails. */
  readonly rows: Readable;
  /** Why the rows could not be read, if they could not; undefined when it was their reader that gave up. */
  error(): Error | undefined;
  /** Bytes read so far. */
  bytes(): number;
  /** Resolves when the connection is given back. Call it once `rows` is no longer used, whatever happened. */
  close(): Promise<void>;
}

/** The number of rows that Postgres had for a batch is not the number that was sealed. Nothing was delivered. */
class BatchIncompleteError extends Error {
  constructor(batchId: string, expected: number, found: number) {
    super(
      `Batch ${batchId} owns ${expected.toLocaleString('en')} events, but the outbox holds ${found.toLocaleString('en')} ` +
        'of them. Nothing of it was delivered. Were rows of table event deleted by hand?',
    );
    this.name = new.target.name;
  }
}

/** Reads a batch in id order with one COPY, as a stream of a few hundred kilobytes at most, whatever the batch's size. */
export async function readBatch(
  outbox: Outbox,
  batch: Pick<ClaimedBatch, 'id' | 'eventCount'>,
): Promise<BatchReading> {
  const client = await outbox.pool.connect();
  try {
    await client.query(bounded(beginReadingText));
    return startCopy(client, outbox.schema, batch);
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * Begins a read-only transaction with settings of its own. Compiling the plan (jit) would cost more than running it, and
 * workers in parallel would mix the order. The rest asks for the scan of the index in order: a partition that was not
 * analysed yet, as the newest one is for a while, would be read by bitmap and sorted before its first byte goes out.
 */
const beginReadingText = [
  'BEGIN READ ONLY',
  ...['jit', 'enable_seqscan', 'enable_bitmapscan', 'enable_sort'].map(
    (setting) => `SET LOCAL ${setting} = off`,
  ),
  'SET LOCAL max_parallel_workers_per_gather = 0',
  // Times as ClickHouse reads them, 2026-11-26 09:30:00.123456; to_char took a third of the whole COPY's time.
  'SET LOCAL datestyle = ISO',
  'SET LOCAL statement_timeout = 0',
].join('; ');

/** `batchId` comes from a uuid column; COPY takes no bound values. */
function readBatchText(schema: string, batchId: string): string {
  return `
    SELECT event.event_id, event.event_type,
           event.event_date_time AT TIME ZONE 'UTC',
           event.environment, event.event_context, event.metadata_version, event.subject, event.traceparent,
           batch.id
    FROM ${schema}.batch
    CROSS JOIN LATERAL unnest(batch.event_ids) AS owned
    CROSS JOIN LATERAL (
      SELECT *
      FROM ${schema}.event
      WHERE event.id >= lower(owned) AND event.id < upper(owned)
      ORDER BY event.id
      OFFSET 0 -- keeps this a scan a range, in the order of the ranges
    ) AS event
    WHERE batch.id = '${batchId}'::uuid`;
}

function startCopy(
  client: pg.PoolClient,
  schema: string,
  batch: Pick<ClaimedBatch, 'id' | 'eventCount'>,
): BatchReading {
  // The types of pg-copy-streams leave out the methods by which pg tells a query how it ended.
  const copy = client.query(
    copyTo(`COPY (${readBatchText(schema, batch.id)}) TO STDOUT`) as CopyToStreamQuery & CompletionListener,
  );
  let ended: Promise<void> | undefined;
  let readError: Error | undefined;
  // The stream ends at CopyDone, a message before Postgres says how many rows it sent and that all went well. And
  // its 'error' may come from its reader; what Postgres itself reports arrives here.
  const rowCount = new Promise<number>((resolve, reject) => {
    const handleCommandComplete = copy.handleCommandComplete.bind(copy);
    copy.handleCommandComplete = (message): void => {
      handleCommandComplete(message);
      ended = endReading(client); // and not only once ClickHouse has stored the rows, which may take long
      resolve(copy.rowCount);
    };
    const handleError = copy.handleError.bind(copy);
    copy.handleError = (error): void => {
      readError = error;
      reject(error);
      handleError(error);
    };
  });
  rowCount.catch(() => undefined); // reported through the stream
  copy.on('error', () => undefined); // may come after the pipeline has ended, when nobody listens any more

  const gate = new CompletenessGate(rowCount, (found) => {
    if (found === batch.eventCount) return undefined;
    readError = new BatchIncompleteError(batch.id, batch.eventCount, found);
    return readError;
  });
  pipeline(copy, gate, () => undefined); // an error destroys the gate, and through it the request that reads it

  return {
    rows: gate,
    error: () => readError,
    bytes: () => gate.bytes,
    async close() {
      gate.destroy();
      if (ended === undefined)
        client.release(true); // ends the COPY on the server too
      else await ended;
    },
  };
}

/** Ends the transaction, in which nothing was written, and gives the connection back. */
async function endReading(client: pg.PoolClient): Promise<void> {
  const committed = await client.query(bounded('COMMIT')).then(
    () => true,
    () => false,
  );
  client.release(!committed);
}

interface CompletionListener {
  handleCommandComplete(message: unknown): void;
  handleError(error: Error): void;
}

/** Passes chunks on untouched, counts them, and lets the stream end only when `check` finds the row count right. */
class CompletenessGate extends Transform {
  bytes = 0;
  readonly #rowCount: Promise<number>;
  readonly #check: (rowCount: number) => Error | undefined;

  constructor(rowCount: Promise<number>, check: (rowCount: number) => Error | undefined) {
    super();
    this.#rowCount = rowCount;
    this.#check = check;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#rowCount.then((found) => {
      done(this.#check(found));
    }, done);
  }
}
