import type { Outbox } from './database.js';
import { readPartitions } from './readPartitions.js';

/** Ids that one DELETE covers: some tens of milliseconds of work, so that it holds up nothing. */
const idsPerDeleteMax = 10_000;
/** Batches looked at in one call. */
const batchesPerCallMax = 100;

export interface DeletedEvents {
  readonly events: number;
  /** Batches of which no event is left in the outbox now. */
  readonly batches: number;
  /** There may be more to clean: call again. */
  readonly more: boolean;
}

export interface DeleteDeliveredEventsOptions {
  /** Names of partitions that are delivered whole and wait to be dropped: their events are left alone. */
  readonly exceptPartitions?: readonly string[];
  /** A batch that reaches this id or one beyond is left alone as a whole, so that no row from there on dies. */
  readonly beforeId?: number | undefined;
  /** Ends it after the statement under way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Deletes the events of batches that are delivered, or that a person dropped, in small chunks, and notes those batches
 * as cleaned. Events that went with a dropped partition are gone already. No id of another batch is ever named.
 *
 * A reconciliation may undo a delivery: the lock on the batch's row makes the two take turns.
 */
export async function deleteDeliveredEvents(
  outbox: Outbox,
  { exceptPartitions = [], beforeId, signal }: DeleteDeliveredEventsOptions = {},
): Promise<DeletedEvents> {
  const excepted = (await readPartitions(outbox)).filter(({ name }) => exceptPartitions.includes(name));
  const { rows } = await outbox.query<{ id: string; event_ids: string }>(
    `SELECT id, event_ids::text AS event_ids
     FROM ${outbox.schema}.batch
     WHERE status IN ('DELIVERED', 'DROPPED') AND cleaned_at IS NULL AND NOT event_ids <@ $2::int8multirange
       AND ($3::bigint IS NULL OR upper(event_ids) <= $3)
     ORDER BY seq
     LIMIT $1`,
    [batchesPerCallMax, formatRanges(excepted), beforeId ?? null],
  );
  let events = 0;
  let batches = 0;
  for (const batch of rows) {
    for (const chunk of chunkRanges(parseRanges(batch.event_ids), idsPerDeleteMax)) {
      if (signal?.aborted === true) return { events, batches, more: true };
      const { rowCount } = await outbox.query(
        `DELETE FROM ${outbox.schema}.event
         WHERE id >= $2 AND id < $3 AND id <@ $4::int8multirange
           AND EXISTS (
             SELECT FROM ${outbox.schema}.batch
             WHERE batch.id = $1 AND batch.status IN ('DELIVERED', 'DROPPED')
             FOR SHARE
           )`,
        [batch.id, chunk.from, chunk.to, formatRanges(chunk.ranges)],
      );
      events += rowCount ?? 0;
    }
    await outbox.query(
      `UPDATE ${outbox.schema}.batch SET cleaned_at = clock_timestamp()
       WHERE id = $1 AND status IN ('DELIVERED', 'DROPPED')`,
      [batch.id],
    );
    batches += 1;
  }
  return { events, batches, more: rows.length === batchesPerCallMax };
}

/** The ids from `from` up to but without `to`. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

export interface RangeChunk extends IdRange {
  readonly ranges: readonly IdRange[];
}

/** Groups ranges, cutting long ones, so that each group spans at most `idsMax` ids from its first to its last. */
export function chunkRanges(ranges: readonly IdRange[], idsMax: number): RangeChunk[] {
  const chunks: { from: number; to: number; ranges: IdRange[] }[] = [];
  for (const range of ranges) {
    for (let from = range.from; from < range.to;) {
      const last = chunks.at(-1);
      const open = last !== undefined && from < last.from + idsMax ? last : { from, to: from, ranges: [] };
      if (open !== last) chunks.push(open);
      const to = Math.min(range.to, open.from + idsMax);
      open.ranges.push({ from, to });
      open.to = to;
      from = to;
    }
  }
  return chunks;
}

/** Reads Postgres's text of an int8multirange: `{[1,5),[7,9)}`. */
function parseRanges(text: string): IdRange[] {
  return Array.from(text.matchAll(/\[(\d+),(\d+)\)/g), ([, from, to]) => ({
    from: Number(from),
    to: Number(to),
  }));
}

function formatRanges(ranges: readonly IdRange[]): string {
  return `{${ranges.map(({ from, to }) => `[${String(from)},${String(to)})`).join(',')}}`;
}
