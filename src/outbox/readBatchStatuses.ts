import type { Outbox } from './database.js';

/** The status of each of some batches by its id. One that the outbox does not know is not in the result. */
export async function readBatchStatuses(
  outbox: Outbox,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await outbox.query<{ id: string; status: string }>(
    `SELECT id, status FROM ${outbox.schema}.batch WHERE id = ANY ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map(({ id, status }) => [id, status]));
}
