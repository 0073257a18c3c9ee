import { createClient } from '@clickhouse/client';
import type { WaybillDatabases } from '../../waybillOutbox.js';
import { sequenceSql } from './sequence.js';

/**
 * Compares what ClickHouse holds with what was committed, whatever the reader has seen meanwhile.
 * @throws when an event is missing, doubled or was never committed: then no number of the section is worth anything
 */
export async function assertNothingLostOrDoubled(
  { clickhouseUrl, clickhouseDatabase }: WaybillDatabases,
  committed: number,
): Promise<void> {
  const client = createClient({ url: clickhouseUrl, database: clickhouseDatabase });
  try {
    const result = await client.query({
      query: `SELECT toFloat64(count()) AS rows, toFloat64(uniqExact(event_id)) AS events,
                     toFloat64(uniqExactIf(${sequenceSql}, ${sequenceSql} < {committed: UInt64})) AS sequences
              FROM event_log`,
      query_params: { committed },
      format: 'JSONEachRow',
    });
    const [found] = await result.json<Readonly<Record<'rows' | 'events' | 'sequences', number>>>();
    if (found?.rows === committed && found.events === committed && found.sequences === committed) return;
    throw new Error(`${String(committed)} events were committed, ClickHouse holds ${JSON.stringify(found)}.`);
  } finally {
    await client.close();
  }
}
