import { queryRows, type EventLog } from './client.js';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** A table as ClickHouse keeps it. */
export interface TableFacts extends TableName {
  readonly engine: string;
  /** The engine with everything that follows it in CREATE: keys, TTL, settings. */
  readonly engineFull: string;
  readonly sortingKey: string;
  readonly createQuery: string;
  /** Views that are fed by each insert into it. */
  readonly views: readonly TableName[];
  /** Where a materialized view writes to; undefined for everything else. */
  readonly target: TableName | undefined;
}

/** Chosen by a pattern, since a server before 26 lacks the last two, and an unknown name would fail the query. */
const wantedColumns =
  '^(database|name|engine|engine_full|sorting_key|create_table_query|dependencies_database|dependencies_table|' +
  'target_database|target_table)$';

/** The tables of these names that exist and that this user may see, in no order. */
export async function readTables(
  eventLog: EventLog,
  names: readonly TableName[],
  signal?: AbortSignal,
): Promise<TableFacts[]> {
  const rows = await queryRows<TableRow>(
    eventLog,
    `SELECT COLUMNS('${wantedColumns}')
     FROM system.tables
     WHERE database IN {databases: Array(String)} AND name IN {tables: Array(String)}`,
    { databases: names.map(({ database }) => database), tables: names.map(({ table }) => table) },
    signal,
  );
  return rows
    .filter((row) => names.some(({ database, table }) => database === row.database && table === row.name))
    .map((row) => ({
      database: row.database,
      table: row.name,
      engine: row.engine,
      engineFull: row.engine_full,
      sortingKey: row.sorting_key,
      createQuery: row.create_table_query,
      views: row.dependencies_table.map((table, index) => ({
        database: row.dependencies_database[index] ?? row.database,
        table,
      })),
      target: row.engine === 'MaterializedView' ? targetOf(row) : undefined,
    }));
}

const name = '(?:`((?:[^`\\\\]|\\\\.)+)`|(\\w+))';
const viewText = new RegExp(
  `^CREATE MATERIALIZED VIEW ${name}\\.${name}(?: UUID '([0-9a-f-]+)')?(?: TO ${name}\\.${name})?`,
);

/** From the columns that say it, else from the view's text: the table behind TO, or the one that ClickHouse made for it. */
function targetOf(row: TableRow): TableName {
  const { target_database: database = '', target_table: table = '' } = row;
  if (table !== '') return { database, table };
  const [, , , , , uuid, database1, database2, table1, table2] = viewText.exec(row.create_table_query) ?? [];
  const toDatabase = database1 ?? database2;
  const toTable = table1 ?? table2;
  if (toDatabase !== undefined && toTable !== undefined) return { database: toDatabase, table: toTable };
  return { database: row.database, table: uuid === undefined ? `.inner.${row.name}` : `.inner_id.${uuid}` };
}

interface TableRow {
  readonly database: string;
  readonly name: string;
  readonly engine: string;
  readonly engine_full: string;
  readonly sorting_key: string;
  readonly create_table_query: string;
  readonly dependencies_database: readonly string[];
  readonly dependencies_table: readonly string[];
  readonly target_database?: string;
  readonly target_table?: string;
}
