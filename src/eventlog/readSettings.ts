import { queryRows, type EventLog } from './client.js';

/** A setting as it is for this user, with what the profile allows. */
export interface UserSetting {
  readonly name: string;
  readonly value: string;
  /** The user may not change it. */
  readonly readOnly: boolean;
  readonly min: string | undefined;
  readonly max: string | undefined;
}

/** The settings of these names that this server knows. */
export async function readSettings(
  eventLog: EventLog,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<UserSetting[]> {
  const rows = await queryRows<SettingRow>(
    eventLog,
    'SELECT name, value, readonly, min, max FROM system.settings WHERE name IN {names: Array(String)}',
    { names },
    signal,
  );
  return rows.map((row) => ({
    name: row.name,
    value: row.value,
    readOnly: row.readonly === 1,
    min: row.min ?? undefined,
    max: row.max ?? undefined,
  }));
}

interface SettingRow {
  readonly name: string;
  readonly value: string;
  readonly readonly: number;
  readonly min: string | null;
  readonly max: string | null;
}
