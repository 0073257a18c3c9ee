import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** Between two looks, so a wait is seen as up to this much shorter than it was. */
const lookMs = 2;

/** Looks for the longest time that any session waits for a lock of the database, until it is stopped. */
export class LockWaits {
  longestMs = 0;
  readonly #client: pg.Client;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(databaseUrl: string) {
    this.#client = new pg.Client({ connectionString: databaseUrl });
  }

  async start(): Promise<void> {
    await this.#client.connect();
    this.#loop = this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop.finally(() => this.#client.end());
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      // Those of captures: what cleaning itself waits for is no concern of theirs.
      const { rows } = await this.#client.query<{ ms: number | null }>(
        `SELECT (extract(epoch FROM max(clock_timestamp() - lock.waitstart)) * 1000)::float8 AS ms
         FROM pg_locks AS lock
         JOIN pg_stat_activity AS session USING (pid)
         WHERE NOT lock.granted AND session.datname = current_database() AND session.usename LIKE '%\\_application'`,
      );
      this.longestMs = Math.max(this.longestMs, rows[0]?.ms ?? 0);
      await pause(lookMs);
    }
  }
}
