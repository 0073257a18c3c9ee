import type { Outbox } from './database.js';

export interface ActionToRecord {
  readonly performedBy: string;
  readonly action: string;
  readonly batchId: string;
  readonly eventCount: number;
  readonly reason?: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Records what was done elsewhere than in the outbox. Actions on the outbox are recorded by the statement that does them. */
export async function recordOperatorAction(outbox: Outbox, action: ActionToRecord): Promise<void> {
  await outbox.query(
    `INSERT INTO ${outbox.schema}.operator_action (performed_by, action, batch_id, event_count, reason, details)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      action.performedBy,
      action.action,
      action.batchId,
      action.eventCount,
      action.reason ?? null,
      JSON.stringify(action.details),
    ],
  );
}
