import type { EngineOptions, RunningEngine } from '../options.js';

export interface PostgresOptions extends EngineOptions {
  /** The bin directory of another installation of Postgres, such as /usr/lib/postgresql/15/bin. */
  binDir?: string;
  /** Server settings by name, such as `{ max_prepared_transactions: '10' }`. */
  settings?: Record<string, string>;
}

export interface EmbeddedPostgres extends RunningEngine {
  /** postgres://postgres@127.0.0.1:PORT/postgres, a superuser without a password. */
  readonly url: string;
  readonly port: number;
}
