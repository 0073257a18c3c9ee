/** What the ClickHouse process is told, as JSON in its first argument. */
export interface ClickHouseOrder {
  /** The path of the library. */
  readonly library: string;
  readonly args: readonly string[];
  /** Removed when the host is gone, because nobody else will. */
  readonly temporaryDirectory?: string;
}

/** Marks the query that keeps ClickHouse running; cancelling it makes ClickHouse shut down in order. */
export const KEEPER_MARK = 'waybill: cancelling this query stops the server';

/**
 * The script that makes ClickHouse's `local` program a server. The last query sleeps three seconds a row for ever;
 * one that slept longer at once would have to be allowed to, by the same setting.
 */
export const SERVER_SCRIPT = [
  'SYSTEM START LISTEN HTTP',
  'SYSTEM START LISTEN TCP',
  `SELECT /* ${KEEPER_MARK} */ sleepEachRow(3) FROM numbers(1000000000000) ` +
    'SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0 FORMAT Null',
].join('; ');
