import { createDatabases } from '../../support/databases.js';
import { waitUntil } from '../../support/waitUntil.js';
import type { TaskName } from '../../../src/tasks/engine.js';

/** How a run ends when it is let go. */
export type Outcome = 'done' | 'failed' | 'thrown';

export interface ObservedRun {
  readonly id: number;
  readonly task: TaskName;
  readonly worker: string;
  readonly ttlMs: number | undefined;
  readonly startedAt: Date;
  /** It has begun to last: it was held, and ends when it is let go. */
  readonly held: boolean;
  /** Undefined while it runs. */
  readonly ended: Outcome | 'stopped' | 'killed' | undefined;
}

/**
 * What the tasks of all workers of a test really did, written by engineProcess.mjs, in a database that no engine knows.
 * A run begins here after its worker has claimed the task, and ends here before the claim is given back.
 */
export interface RunLedger {
  readonly url: string;
  /** All runs of a task, in the order in which they began. */
  runs(task: TaskName): Promise<ObservedRun[]>;
  /** Waits until a run that `matches` is there, and returns it. */
  waitForRun(task: TaskName, what: string, matches: (run: ObservedRun) => boolean): Promise<ObservedRun>;
  /** Waits until so many more runs of the task have ended, in whatever way. */
  waitForRuns(task: TaskName, more: number): Promise<void>;
  /** Runs of this task last until they are released, or end at once as before. */
  hold(task: TaskName, held: boolean): Promise<void>;
  /** Lets one run go, while those after it are held. */
  release(run: ObservedRun): Promise<void>;
  /** How runs of this task end from now on. */
  setOutcome(task: TaskName, outcome: Outcome): Promise<void>;
  /** Notes that a worker is dead, whose runs have ended with it. */
  noteDeath(worker: string): Promise<void>;
  /** Pairs of runs of one task that were under way at the same time. */
  overlaps(): Promise<string[]>;
  drop(): Promise<void>;
}

/** How long anything that the engines do may take, brokers that reconnect with growing waits included. */
export const deadlineMs = 60_000;

export async function createLedger(): Promise<RunLedger> {
  const database = await createDatabases({ migrated: false });
  const { pool } = database;
  await pool.query(`
    CREATE TABLE task (
      name text PRIMARY KEY,
      held boolean NOT NULL DEFAULT false,
      outcome text NOT NULL DEFAULT 'done'
    );
    INSERT INTO task (name) VALUES ('process_events'), ('clean_events_outbox');
    CREATE TABLE run (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      task text NOT NULL REFERENCES task,
      worker text NOT NULL,
      ttl_ms double precision,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      ended_at timestamptz,
      ended text,
      held boolean NOT NULL DEFAULT false,
      released boolean NOT NULL DEFAULT false
    );`);

  async function runs(task: TaskName): Promise<ObservedRun[]> {
    const { rows } = await pool.query<RunRow>(
      'SELECT id::integer AS id, task, worker, ttl_ms, started_at, held, ended FROM run WHERE task = $1 ORDER BY started_at, run.id',
      [task],
    );
    return rows.map(({ ttl_ms, started_at, ended, ...row }) => ({
      ...row,
      ttlMs: ttl_ms ?? undefined,
      startedAt: started_at,
      ended: ended ?? undefined,
    }));
  }

  return {
    url: database.databaseUrl,
    runs,
    async waitForRun(task, what, matches) {
      let found: ObservedRun | undefined;
      await waitUntil(
        what,
        async () => {
          found = (await runs(task)).find(matches);
          return found !== undefined;
        },
        deadlineMs,
      );
      if (found === undefined) throw new Error(`There is no run: ${what}.`);
      return found;
    },
    async waitForRuns(task, more) {
      const ended = async (): Promise<number> =>
        (await runs(task)).filter((run) => run.ended !== undefined).length;
      const before = await ended();
      await waitUntil(
        `${String(more)} more runs of ${task} have ended`,
        async () => (await ended()) >= before + more,
        deadlineMs,
      );
    },
    async hold(task, held) {
      await pool.query('UPDATE task SET held = $2 WHERE name = $1', [task, held]);
    },
    async release(run) {
      await pool.query('UPDATE run SET released = true WHERE id = $1', [run.id]);
    },
    async setOutcome(task, outcome) {
      await pool.query('UPDATE task SET outcome = $2 WHERE name = $1', [task, outcome]);
    },
    async noteDeath(worker) {
      await pool.query(
        `UPDATE run SET ended_at = clock_timestamp(), ended = 'killed' WHERE worker = $1 AND ended_at IS NULL`,
        [worker],
      );
    },
    async overlaps() {
      const { rows } = await pool.query<{ overlap: string }>(
        `SELECT format('%s: run %s in %s and run %s in %s', one.task, one.id, one.worker, other.id, other.worker) AS overlap
         FROM run AS one JOIN run AS other ON other.task = one.task AND other.id > one.id
         WHERE tstzrange(one.started_at, one.ended_at) && tstzrange(other.started_at, other.ended_at)`,
      );
      return rows.map((row) => row.overlap);
    },
    drop: () => database.drop(),
  };
}

interface RunRow {
  readonly id: number;
  readonly task: TaskName;
  readonly worker: string;
  readonly ttl_ms: number | null;
  readonly started_at: Date;
  readonly held: boolean;
  readonly ended: Outcome | 'stopped' | 'killed' | null;
}
