import { onlyRow, type Outbox } from './database.js';

export interface TaskSchedule {
  readonly name: string;
  readonly intervalMs: number;
  /** What starts the task from now on. */
  readonly engine: string;
}

/** The longest lease that an option allows. A live worker has renewed its claim long before. */
const leaseMsMax = 3_600_000;

/**
 * Enters a task into the clock, or takes up a changed interval: the next run is then due one new interval after the
 * last due time. A task that is new is due at once, and stays so until it has run.
 *
 * A claim that holds longer than any lease shows that Postgres's clock was set back; it is cut to the longest lease, so
 * that the task of a worker that died does not wait until the clock has caught up.
 * @returns when it is due next
 */
export async function scheduleTask(outbox: Outbox, schedule: TaskSchedule): Promise<Date> {
  const { name, intervalMs, engine } = schedule;
  const row = onlyRow(
    await outbox.query<{ next_due_at_ms: number }>(
      `INSERT INTO ${outbox.schema}.task AS task (name, interval_ms, next_due_at, engine)
       VALUES ($1, $2, clock_timestamp(), $3)
       ON CONFLICT (name) DO UPDATE
       SET interval_ms = excluded.interval_ms,
           next_due_at = CASE
             WHEN task.last_started_at IS NULL THEN task.next_due_at
             ELSE task.next_due_at + (excluded.interval_ms - task.interval_ms) * interval '1 millisecond'
           END,
           claim_expires_at = CASE
             WHEN task.claimed_by IS NOT NULL
               THEN least(task.claim_expires_at, clock_timestamp() + $4::double precision * interval '1 millisecond')
           END,
           engine = excluded.engine
       RETURNING (extract(epoch FROM next_due_at) * 1000)::double precision AS next_due_at_ms`,
      [name, intervalMs, engine, leaseMsMax],
    ),
  );
  return new Date(row.next_due_at_ms);
}
