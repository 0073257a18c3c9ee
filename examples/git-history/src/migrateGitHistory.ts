import type { Pool } from 'pg';

/** Any number no other program uses: processes that start at the same time migrate one after the other. */
const migrationLock = 7_405_102;

/** Creates this example's own table where it is missing. Safe to run at every start. */
export async function migrateGitHistory(pool: Pool): Promise<void> {
  await pool.query(`
    SELECT pg_advisory_xact_lock(${String(migrationLock)});
    CREATE SCHEMA IF NOT EXISTS git_history;
    CREATE TABLE IF NOT EXISTS git_history.commit (
      hash text PRIMARY KEY,
      parents text[] NOT NULL,
      author_name text NOT NULL,
      author_email text NOT NULL,
      authored_at timestamptz NOT NULL,
      message text NOT NULL,
      files_changed integer NOT NULL,
      recorded_at timestamptz NOT NULL DEFAULT now()
    )`);
}
