import type { Outbox } from './database.js';

/**
 * Enters a task into the clock, or takes up a changed interval: the next run is then due one new interval after the
 * last due time. A task that is new is due at once.
 */
export async function scheduleTask(outbox: Outbox, name: string, intervalMs: number): Promise<void> {
  await outbox.query(
    `INSERT INTO ${outbox.schema}.task AS task (name, interval_ms, next_due_at)
     VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (name) DO UPDATE
     SET interval_ms = excluded.interval_ms,
         next_due_at = task.next_due_at + (excluded.interval_ms - task.interval_ms) * interval '1 millisecond'
     WHERE task.interval_ms <> excluded.interval_ms`,
    [name, intervalMs],
  );
}
