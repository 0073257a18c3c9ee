import type { Outbox } from './database.js';
import { isoText } from './isoText.js';

/** What a person did by command or dashboard. Times are ISO 8601, UTC, with microseconds. */
export interface ActionRecord {
  readonly id: string;
  readonly performedAt: string;
  readonly performedBy: string;
  /** `release`, `drop`, `repair`, `pause` and the like. */
  readonly action: string;
  readonly batchId: string | null;
  readonly eventCount: number;
  readonly reason: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ActionFilter {
  /** ISO 8601. */
  readonly performedFrom?: string | undefined;
  readonly performedBefore?: string | undefined;
  readonly actions?: readonly string[] | undefined;
  readonly performedBy?: string | undefined;
  readonly batchId?: string | undefined;
}

export interface ActionPosition {
  readonly performedAt: string;
  readonly id: string;
}

export interface ActionPageRequest {
  /** Default: all. */
  readonly filter?: ActionFilter;
  readonly after?: ActionPosition | undefined;
  readonly limit: number;
}

/** A page of actions, newest first, by the key of the last one of the page before. */
export async function readActionPage(
  outbox: Outbox,
  { filter = {}, after, limit }: ActionPageRequest,
): Promise<ActionRecord[]> {
  const { rows } = await outbox.query<ActionRecord>(
    `SELECT operator_action.id, ${isoText('performed_at')} AS "performedAt", performed_by AS "performedBy", action,
            batch_id AS "batchId", event_count::double precision AS "eventCount", reason, details
     FROM ${outbox.schema}.operator_action
     WHERE ($1::timestamptz IS NULL OR performed_at >= $1::timestamptz)
       AND ($2::timestamptz IS NULL OR performed_at < $2::timestamptz)
       AND ($3::text[] IS NULL OR action = ANY ($3::text[]))
       AND ($4::text IS NULL OR performed_by = $4)
       AND ($5::uuid IS NULL OR batch_id = $5::uuid)
       AND ($6::timestamptz IS NULL
            OR performed_at <= $6::timestamptz AND (performed_at, operator_action.id) < ($6::timestamptz, $7::bigint))
     ORDER BY performed_at DESC, operator_action.id DESC
     LIMIT $8`,
    [
      filter.performedFrom ?? null,
      filter.performedBefore ?? null,
      filter.actions ?? null,
      filter.performedBy ?? null,
      filter.batchId ?? null,
      after?.performedAt ?? null,
      after?.id ?? null,
      limit,
    ],
  );
  return rows;
}
