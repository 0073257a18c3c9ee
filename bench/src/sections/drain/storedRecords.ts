import type { ClickHouseClient } from '@clickhouse/client';
import { migrateDatabases } from 'waybill/worker';
import type { BenchEngines } from '../../engines.js';

/** A table of Waybill's own making, whose columns and engine the others get. */
const pattern = 'bench_drain_pattern';

/** The columns of a record as one number for the whole table, whatever the order of its rows. The batch's id is left out. */
const fingerprintText = `
  sum(sipHash64(event_id, event_type, event_date_time, environment, event_context, metadata_version,
                ifNull(subject, ''), ifNull(traceparent, '')))`;

interface Stored {
  readonly rows: string;
  readonly events: string;
  readonly fingerprint: string;
}

/** The contenders' tables in ClickHouse, and whether they hold what they should. */
export class StoredRecords {
  readonly #clickhouse: ClickHouseClient;
  /** Of the records 1 to n, by n, as the first contender that delivered them all has stored them. */
  readonly #fingerprints = new Map<number, string>();

  private constructor(clickhouse: ClickHouseClient) {
    this.#clickhouse = clickhouse;
  }

  static async open(engines: BenchEngines, clickhouse: ClickHouseClient): Promise<StoredRecords> {
    try {
      await migrateDatabases({
        databaseUrl: await engines.createDatabase(pattern),
        clickhouseUrl: engines.clickhouse.url,
        clickhouseTable: pattern,
      });
    } finally {
      await engines.dropDatabase(pattern);
    }
    return new StoredRecords(clickhouse);
  }

  async close(): Promise<void> {
    await this.dropTable(pattern);
  }

  /**
   * Makes a table like Waybill's, unless Waybill has made it. It looks for no duplicates, which spares the others the hash of each
   * block that ClickHouse would compare.
   */
  async ensureTable(table: string): Promise<void> {
    const exists = await this.#one<{ result: number }>(`EXISTS TABLE ${table}`);
    if (exists.result === 1) return;
    await this.#clickhouse.command({ query: `CREATE TABLE ${table} AS ${pattern}` });
    await this.#clickhouse.command({
      query: `ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = 0`,
    });
  }

  async dropTable(table: string): Promise<void> {
    await this.#clickhouse.command({ query: `DROP TABLE IF EXISTS ${table} SYNC` });
  }

  /**
   * @param delivered the records that the contender says it has delivered so far
   * @param last the last record of the backlog; with all of them delivered, what is stored must be what the others stored
   * @throws if ClickHouse holds another number, one of them twice, or other content
   */
  async verify(table: string, title: string, delivered: number, last: number): Promise<void> {
    const stored = await this.#one<Stored>(
      `SELECT count() AS rows, uniqExact(event_id) AS events, toString(${fingerprintText}) AS fingerprint FROM ${table}`,
    );
    if (Number(stored.rows) !== delivered || Number(stored.events) !== delivered)
      throw new Error(
        `${title} says that it has delivered ${String(delivered)} records; ClickHouse holds ${stored.rows} rows ` +
          `of ${stored.events} events.`,
      );
    if (delivered !== last) return;
    const expected = this.#fingerprints.get(last) ?? stored.fingerprint;
    this.#fingerprints.set(last, expected);
    if (stored.fingerprint !== expected)
      throw new Error(`${title} has stored ${stored.rows} rows, but not the same content as the others.`);
  }

  async #one<Row>(query: string): Promise<Row> {
    const result = await this.#clickhouse.query({ query, format: 'JSONEachRow' });
    const [row] = await result.json<Row>();
    if (row === undefined) throw new Error('ClickHouse has answered with nothing.');
    return row;
  }
}
