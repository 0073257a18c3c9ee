import type { ClickHouseSettings } from '@clickhouse/client';
import { queryRows, type EventLog } from './client.js';

/**
 * Settings pinned for each insert, whatever the server's or the user's profile says. Together they make one batch one
 * block for each partition it touches, which ClickHouse stores whole or not at all, and remembers by its token.
 */
export function pinnedSettings(token: string, eventCount: number): Record<string, string | number> {
  return {
    insert_deduplicate: 1,
    deduplicate_insert: 'enable', // overrides the one above where it exists
    insert_deduplication_token: token,
    deduplicate_blocks_in_dependent_materialized_views: 1,
    // On by default since 26.3; it would answer before the rows are stored, and cut blocks where it likes.
    async_insert: 0,
    // Everything that could cut a batch into several blocks.
    input_format_parallel_parsing: 0,
    max_insert_block_size: eventCount + 1,
    min_insert_block_size_rows: eventCount + 1,
    min_insert_block_size_bytes: 0,
    max_insert_block_size_bytes: 0,
    max_insert_threads: 1,
    // Events carry the application's own times; a batch of far-apart ones must not be refused for it.
    max_partitions_per_insert_block: 0,
    // Answer when the insert has ended, with its status: an early 200 says nothing.
    wait_end_of_query: 1,
    send_progress_in_http_headers: 0, // would answer 200 before the end as well
    // Refuse what does not parse, instead of guessing or filling in.
    input_format_allow_errors_num: 0,
    input_format_allow_errors_ratio: 0,
    input_format_null_as_default: 0,
  };
}

/** Asked for but set outside `system.settings`: options of the HTTP interface. */
const httpOptions = new Set(['wait_end_of_query']);

const knownSettingsOf = new WeakMap<EventLog, ReadonlySet<string>>();

/**
 * The pinned settings that this server knows. An old server lacks some; it is asked once, because an unknown setting
 * fails an insert.
 */
export async function insertSettings(
  eventLog: EventLog,
  token: string,
  eventCount: number,
  signal?: AbortSignal,
): Promise<ClickHouseSettings> {
  const known = knownSettingsOf.get(eventLog) ?? (await readKnownSettings(eventLog, signal));
  knownSettingsOf.set(eventLog, known);
  return Object.fromEntries(
    Object.entries(pinnedSettings(token, eventCount)).filter(
      ([name]) => known.has(name) || httpOptions.has(name),
    ),
  );
}

/** Has the server asked anew: it may have been replaced by one of another version. */
export function forgetKnownSettings(eventLog: EventLog): void {
  knownSettingsOf.delete(eventLog);
}

async function readKnownSettings(
  eventLog: EventLog,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const names = Object.keys(pinnedSettings('', 1));
  const rows = await queryRows<{ name: string }>(
    eventLog,
    'SELECT name FROM system.settings WHERE name IN {names: Array(String)}',
    { names },
    signal,
  );
  const known = new Set(rows.map((row) => row.name));
  // Without it nothing is recognised. Every server knows it; an answer that lacks it is not a server's.
  if (!known.has('insert_deduplication_token'))
    throw new Error(
      'ClickHouse, or who answers for it, does not know insert_deduplication_token. Nothing was sent.',
    );
  return known;
}
