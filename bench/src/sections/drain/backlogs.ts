import pg from 'pg';
import type { BacklogTable, DrainSetup } from '../../contenders/contender.js';
import type { BenchEngines } from '../../engines.js';

/** Fills each backlog once, in a database that drains get copies of. */
export class Backlogs {
  readonly #engines: BenchEngines;
  readonly #templates = new Map<string, Promise<string>>();

  constructor(engines: BenchEngines) {
    this.#engines = engines;
  }

  /** Makes a database with the records 1 to `rows`, and resolves with its URL. */
  async copy(name: string, backlog: BacklogTable, rows: number): Promise<string> {
    return this.#engines.createDatabase(name, { of: await this.template(backlog, rows), by: 'throughWal' });
  }

  /** Fills it, unless that was done; resolves with the name of the database. */
  template(backlog: BacklogTable, rows: number): Promise<string> {
    const name = `bench_drain_${backlog.name}_${String(rows)}`;
    const made = this.#templates.get(name) ?? this.#fill(name, backlog, rows);
    this.#templates.set(name, made);
    return made;
  }

  async close(): Promise<void> {
    for (const name of this.#templates.keys()) await this.#engines.dropDatabase(name);
  }

  async #fill(name: string, backlog: BacklogTable, rows: number): Promise<string> {
    const setup: DrainSetup = {
      databaseUrl: await this.#engines.createDatabase(name),
      clickhouseUrl: this.#engines.clickhouse.url,
      clickhouseTable: 'bench_drain_pattern',
      batchSize: rows,
    };
    const pool = new pg.Pool({ connectionString: setup.databaseUrl, max: 1 });
    pool.on('error', () => undefined); // whoever is connected is cut off when it is copied
    try {
      await backlog.prepare(setup, pool);
      await pool.query(backlog.fill(1, rows));
      // As autovacuum would leave it: with statistics, and with nothing that it would come for meanwhile.
      await pool.query(`VACUUM (ANALYZE) ${backlog.table}`);
    } finally {
      await pool.end();
    }
    return name;
  }
}
