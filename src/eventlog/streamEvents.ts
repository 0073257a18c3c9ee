import type { EventFilter } from '../event/eventFilter.js';
import { quotedTable, type EventLog } from './client.js';
import { eventConditions } from './eventConditions.js';
import { loggedEvent, loggedEventColumns, type LoggedEvent, type LoggedEventRow } from './loggedEvent.js';
import { limitSettings, type ReadLimits } from './readLimits.js';

/**
 * All events that match, in the order of the table's sorting key, some at a time. ClickHouse reads the parts in that
 * order as the rows are taken, so neither side holds more than a few blocks, whatever the result's size.
 * @throws what ClickHouse says, also in the middle: what was yielded before is not the whole then
 */
export async function* streamEvents(
  eventLog: EventLog,
  filter: EventFilter,
  limits: ReadLimits,
  signal: AbortSignal,
): AsyncGenerator<readonly LoggedEvent[]> {
  signal.throwIfAborted();
  const { text, parameters } = eventConditions(filter);
  const result = await eventLog.client.query({
    query: `
      SELECT ${loggedEventColumns}
      FROM ${quotedTable(eventLog)}
      WHERE ${text}
      ORDER BY event_type, event_date_time, event_id`,
    query_params: parameters,
    format: 'JSONEachRow',
    clickhouse_settings: {
      ...limitSettings(limits),
      max_threads: 1,
      max_block_size: '8192',
      optimize_read_in_order: 1,
      max_bytes_before_external_sort: String(Math.floor(limits.memoryBytesMax / 2)), // for a table sorted otherwise
    },
    abort_signal: signal,
  });
  for await (const rows of result.stream<LoggedEventRow>()) {
    yield rows.map((row) => loggedEvent(row.json()));
  }
}
