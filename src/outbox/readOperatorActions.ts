import type { Outbox } from './database.js';

/** What a person did by command or dashboard. */
export interface OperatorAction {
  readonly performedAt: Date;
  readonly performedBy: string;
  /** `release`, `drop`, `repair` and the like. */
  readonly action: string;
  readonly batchId: string | null;
  readonly eventCount: number;
  readonly reason: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The latest actions, newest first. */
export async function readOperatorActions(outbox: Outbox, limit: number): Promise<OperatorAction[]> {
  const { rows } = await outbox.query<ActionRow>(
    `SELECT performed_at, performed_by, action, batch_id, event_count, reason, details
     FROM ${outbox.schema}.operator_action
     ORDER BY performed_at DESC, id DESC
     LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({
    performedAt: row.performed_at,
    performedBy: row.performed_by,
    action: row.action,
    batchId: row.batch_id,
    eventCount: Number(row.event_count),
    reason: row.reason,
    details: row.details,
  }));
}

interface ActionRow {
  readonly performed_at: Date;
  readonly performed_by: string;
  readonly action: string;
  readonly batch_id: string | null;
  readonly event_count: string;
  readonly reason: string | null;
  readonly details: Record<string, unknown>;
}
