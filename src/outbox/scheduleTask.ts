import { onlyRow, type Outbox } from './database.js';

export interface TaskSchedule {
  readonly name: string;
  readonly intervalMs: number;
  /** What starts the task from now on. */
  readonly engine: string;
}

/**
 * Enters a task into the clock, or takes up a changed interval: the next run is then due one new interval after the
 * last due time. A task that is new is due at once.
 * @returns when it is due next
 */
export async function scheduleTask(outbox: Outbox, schedule: TaskSchedule): Promise<Date> {
  const { name, intervalMs, engine } = schedule;
  const row = onlyRow(
    await outbox.query<{ next_due_at: Date }>(
      `INSERT INTO ${outbox.schema}.task AS task (name, interval_ms, next_due_at, engine)
       VALUES ($1, $2, clock_timestamp(), $3)
       ON CONFLICT (name) DO UPDATE
       SET interval_ms = excluded.interval_ms,
           next_due_at = task.next_due_at + (excluded.interval_ms - task.interval_ms) * interval '1 millisecond',
           engine = excluded.engine
       RETURNING next_due_at`,
      [name, intervalMs, engine],
    ),
  );
  return row.next_due_at;
}
