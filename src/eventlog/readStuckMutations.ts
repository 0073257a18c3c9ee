import { queryRows, type EventLog } from './client.js';

export interface StuckMutation {
  readonly mutationId: string;
  readonly command: string;
  readonly failReason: string;
}

/** Mutations of the event log's table that have failed and are not done. */
export async function readStuckMutations(eventLog: EventLog, signal?: AbortSignal): Promise<StuckMutation[]> {
  const rows = await queryRows<{ mutation_id: string; command: string; latest_fail_reason: string }>(
    eventLog,
    `SELECT mutation_id, command, latest_fail_reason
     FROM system.mutations
     WHERE NOT is_done AND latest_fail_reason <> '' AND database = {database: String} AND table = {table: String}
     ORDER BY create_time
     LIMIT 3`,
    { database: eventLog.database, table: eventLog.table },
    signal,
  );
  return rows.map((row) => ({
    mutationId: row.mutation_id,
    command: row.command,
    failReason: row.latest_fail_reason,
  }));
}
