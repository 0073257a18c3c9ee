import type { ClickHouseSettings } from '@clickhouse/client';
import { ClickHouseError } from '@clickhouse/client';

/** How much one question of a person may cost ClickHouse. */
export interface ReadLimits {
  readonly durationMsMax: number;
  readonly memoryBytesMax: number;
  readonly rowsReadMax: number;
}

/** The settings that hold a query to its limits: read-only, ended at each of them, and ended when nobody waits for it. */
export function limitSettings({
  durationMsMax,
  memoryBytesMax,
  rowsReadMax,
}: ReadLimits): ClickHouseSettings {
  return {
    readonly: '2', // reads only; 1 would refuse the settings beside it
    max_execution_time: Math.max(0.001, durationMsMax / 1_000),
    timeout_overflow_mode: 'throw',
    max_memory_usage: String(memoryBytesMax),
    max_rows_to_read: String(rowsReadMax),
    read_overflow_mode: 'throw',
    max_threads: 2, // deliveries and merges need the others
    priority: '10', // after those
    cancel_http_readonly_queries_on_client_close: 1,
  };
}

const limitCodes = new Set([
  '158', // TOO_MANY_ROWS
  '159', // TIMEOUT_EXCEEDED
  '160', // TOO_SLOW
  '241', // MEMORY_LIMIT_EXCEEDED
  '307', // TOO_MANY_BYTES
  '394', // QUERY_WAS_CANCELLED
]);

/** Whether a query was ended because it reached a limit, and not because something is wrong. */
export function isLimitReached(error: unknown): boolean {
  return error instanceof ClickHouseError && limitCodes.has(error.code);
}
