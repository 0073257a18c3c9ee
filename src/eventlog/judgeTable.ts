import { ClickHouseError } from '@clickhouse/client';
import { quotedTable, type EventLog } from './client.js';
import { readMergeTreeSetting } from './readMergeTreeSetting.js';
import { readTables, type TableFacts } from './readTables.js';

/** Whether batches may be sent into the table, which they may only where one that is sent again is stored once. */
export type TableVerdict =
  | {
      readonly fit: true;
      readonly table: TableFacts;
      readonly windowSetting: string;
      /** Blocks whose tokens the table remembers. */
      readonly windowBlocks: number;
    }
  | {
      readonly fit: false;
      readonly code: 'TABLE_MISSING' | 'TABLE_WOULD_DOUBLE';
      /** One sentence with the facts. */
      readonly fault: string;
      readonly advice: string;
      /** A command or SQL that does it, ready to paste. */
      readonly command: string | undefined;
    };

/** Looks at the event log's table and judges it. The one place that decides this, for each run and for the doctor. */
export async function judgeTable(eventLog: EventLog, signal?: AbortSignal): Promise<TableVerdict> {
  const name = `${eventLog.database}.${eventLog.table}`;
  const [table] = await readTables(eventLog, [eventLog], signal);
  if (table === undefined) {
    return {
      fit: false,
      code: 'TABLE_MISSING',
      fault: `ClickHouse has no table ${name}, or this user may not see it.`,
      advice: 'Make it, or give the user its rights, or correct CLICKHOUSE_DATABASE and CLICKHOUSE_TABLE.',
      command: 'waybill migrate',
    };
  }
  if (!isMergeTree(table)) {
    return {
      fit: false,
      code: 'TABLE_WOULD_DOUBLE',
      fault: `${name} is a table of engine ${table.engine}, which stores a batch that is sent again a second time.`,
      advice: 'Use a table of the MergeTree family, as waybill migrate makes it.',
      command: undefined,
    };
  }
  const windowSetting = deduplicationWindowSetting(table);
  const windowBlocks = await readWindowBlocks(eventLog, table, signal);
  if (windowBlocks > 0) return { fit: true, table, windowSetting, windowBlocks };
  return {
    fit: false,
    code: 'TABLE_WOULD_DOUBLE',
    fault:
      `${name} does not remember what it has stored (${windowSetting} is 0), so a batch that is sent again would be ` +
      'stored again.',
    advice: 'Let it remember.',
    command: `ALTER TABLE ${quotedTable(eventLog)} MODIFY SETTING ${windowSetting} = 10000`,
  };
}

export function isMergeTree(table: Pick<TableFacts, 'engine'>): boolean {
  return table.engine.endsWith('MergeTree');
}

/** The setting by which a table of the MergeTree family remembers tokens. */
export function deduplicationWindowSetting(table: Pick<TableFacts, 'engine'>): string {
  return isReplicated(table) ? 'replicated_deduplication_window' : 'non_replicated_deduplication_window';
}

export function isReplicated(table: Pick<TableFacts, 'engine'>): boolean {
  return /^(Replicated|Shared)/.test(table.engine);
}

/** Blocks whose tokens a table of the MergeTree family remembers. */
export async function readWindowBlocks(
  eventLog: EventLog,
  table: Pick<TableFacts, 'engine' | 'engineFull'>,
  signal?: AbortSignal,
): Promise<number> {
  const blocks = await readTableSetting(eventLog, table, deduplicationWindowSetting(table), signal);
  // Where nobody says: plain tables remember nothing unless they are told to, the others do unless told not to.
  return blocks ?? (isReplicated(table) ? 1 : 0);
}

/** A setting of a table: its own, else the server's. Undefined where this user may not see the server's. */
export async function readTableSetting(
  eventLog: EventLog,
  table: Pick<TableFacts, 'engineFull'>,
  setting: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const own = new RegExp(`\\b${setting} = '?(\\d+)`).exec(table.engineFull)?.[1];
  if (own !== undefined) return Number(own);
  return readMergeTreeSetting(eventLog, setting, signal).catch((error: unknown) => {
    if (error instanceof ClickHouseError) return undefined;
    throw error;
  });
}
