import type { Outbox } from './database.js';

export interface DeletedHistory {
  readonly batches: number;
  readonly attempts: number;
  readonly runs: number;
}

/** Rows that one DELETE takes. */
const rowsPerDeleteMax = 10_000;
/** Deletes of one table in one call; what is left goes with the next cleaning. */
const deletesPerCallMax = 1_000;

/**
 * Deletes the records of delivery that are older than the retention. A batch goes only when it is settled and none of
 * its events is left in the outbox, since its row is what says what became of them. What people did is kept.
 */
export async function deleteHistory(
  outbox: Outbox,
  retentionDays: number,
  signal?: AbortSignal,
): Promise<DeletedHistory> {
  const { schema } = outbox;
  return {
    attempts: await deleteInChunks(outbox, `${schema}.attempt`, 'started_at', 'true', retentionDays, signal),
    runs: await deleteInChunks(outbox, `${schema}.run`, 'started_at', 'true', retentionDays, signal),
    batches: await deleteInChunks(
      outbox,
      `${schema}.batch`,
      'coalesce(delivered_at, closed_at)',
      'cleaned_at IS NOT NULL',
      retentionDays,
      signal,
    ),
  };
}

async function deleteInChunks(
  outbox: Outbox,
  table: string,
  time: string,
  condition: string,
  retentionDays: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let deleted = 0;
  for (let deletes = 0; deletes < deletesPerCallMax && signal?.aborted !== true; deletes += 1) {
    const { rowCount } = await outbox.query(
      `DELETE FROM ${table}
       WHERE id IN (
         SELECT id FROM ${table}
         WHERE ${condition} AND ${time} < clock_timestamp() - $1::double precision * interval '1 day'
         LIMIT ${String(rowsPerDeleteMax)}
       )`,
      [retentionDays],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < rowsPerDeleteMax) break;
  }
  return deleted;
}
