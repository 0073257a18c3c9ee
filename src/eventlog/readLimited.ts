import { quotedTable, type EventLog } from './client.js';
import { limitSettings, type ReadLimits } from './readLimits.js';

/** Runs a query within limits and returns all its rows. `TABLE` in its text stands for the event log's table. */
export async function readLimited<Row>(
  eventLog: EventLog,
  query: string,
  parameters: Readonly<Record<string, unknown>>,
  limits: ReadLimits,
  signal?: AbortSignal,
): Promise<Row[]> {
  signal?.throwIfAborted(); // the client heeds only a signal that fires later
  const result = await eventLog.client.query({
    query: query.replaceAll(/\bTABLE\b/g, () => quotedTable(eventLog)),
    query_params: parameters,
    format: 'JSONEachRow',
    clickhouse_settings: limitSettings(limits),
    ...(signal === undefined ? {} : { abort_signal: signal }),
  });
  return result.json<Row>();
}
