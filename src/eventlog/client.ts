import { createClient, ClickHouseLogLevel, type ClickHouseClient } from '@clickhouse/client';

/** The event log: a client of the ClickHouse server that holds it, and where it lies there. */
export interface EventLog {
  readonly client: ClickHouseClient;
  readonly database: string;
  readonly table: string;
  /** The cluster on whose servers a query of ours may run, where there is one. */
  readonly cluster?: string | undefined;
}

export interface EventLogOptions {
  readonly clickhouseUrl: string;
  readonly database: string;
  readonly table: string;
  readonly cluster?: string | undefined;
  /** How long a request may be silent before it is given up, in milliseconds. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
}

/** Opens nothing yet. Close it with `closeEventLog`. */
export function openEventLog(options: EventLogOptions): EventLog {
  const client = createClient({
    url: options.clickhouseUrl,
    application: 'waybill',
    request_timeout: options.timeoutMs,
    max_open_connections: options.connectionsMax,
    // Below every keep-alive a server of the field uses (3 s and up): a socket that the server has just closed would
    // end a request with an unknown outcome.
    keep_alive: { enabled: true, idle_socket_ttl: 1_500 },
    compression: { request: false, response: false },
    log: { level: ClickHouseLogLevel.OFF }, // errors are thrown, and logged by whoever handles them
  });
  return { client, database: options.database, table: options.table, cluster: options.cluster };
}

export async function closeEventLog(eventLog: EventLog): Promise<void> {
  await eventLog.client.close();
}

/** Quotes a name for use in ClickHouse SQL. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** The event log's table, quoted, with its database. */
export function quotedTable(eventLog: Pick<EventLog, 'database' | 'table'>): string {
  return `${quoteName(eventLog.database)}.${quoteName(eventLog.table)}`;
}

/** Runs a query and returns all its rows. For queries with few: nothing here is streamed. */
export async function queryRows<Row>(
  eventLog: EventLog,
  query: string,
  parameters: Record<string, unknown> = {},
  signal?: AbortSignal,
): Promise<Row[]> {
  signal?.throwIfAborted(); // the client heeds only a signal that fires later
  const result = await eventLog.client.query({
    query,
    query_params: parameters,
    format: 'JSONEachRow',
    ...(signal === undefined ? {} : { abort_signal: signal }),
  });
  return result.json<Row>();
}
