import { queryRows, type EventLog } from './client.js';

/** What a setting of tables is on this server where a table does not set it itself. Undefined: it has no such setting. */
export async function readMergeTreeSetting(
  eventLog: EventLog,
  name: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const [row] = await queryRows<{ value: string }>(
    eventLog,
    'SELECT value FROM system.merge_tree_settings WHERE name = {name: String}',
    { name },
    signal,
  );
  return row === undefined ? undefined : Number(row.value);
}
