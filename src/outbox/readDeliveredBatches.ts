import type { Outbox } from './database.js';

/** A batch that Postgres says was delivered. */
export interface DeliveredBatch {
  readonly id: string;
  readonly eventCount: number;
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
  readonly deliveredAt: Date;
  /** None of its events is left in the outbox. */
  readonly cleaned: boolean;
}

export interface DeliveredPage {
  readonly batches: readonly DeliveredBatch[];
  /** Where the next page begins; undefined when this was the last. */
  readonly next: PageStart | undefined;
}

/** The last batch of the page before. Its time is text, since a Date would cut it to milliseconds. */
export interface PageStart {
  readonly deliveredAt: string;
  readonly id: string;
}

/** The batches delivered from `since` on and before `until`, in the order of their delivery, a page at a time. */
export async function readDeliveredBatches(
  outbox: Outbox,
  window: { readonly since: Date; readonly until: Date },
  pageSize: number,
  start?: PageStart,
): Promise<DeliveredPage> {
  const { rows } = await outbox.query<DeliveredRow>(
    `SELECT id, event_count, first_event_time, last_event_time, delivered_at, delivered_at::text AS delivered_at_text,
            cleaned_at IS NOT NULL AS cleaned
     FROM ${outbox.schema}.batch
     WHERE status = 'DELIVERED' AND delivered_at >= $1 AND delivered_at < $2
       AND ($3::timestamptz IS NULL OR (delivered_at, id) > ($3::timestamptz, $4::uuid))
     ORDER BY delivered_at, id
     LIMIT $5`,
    [window.since, window.until, start?.deliveredAt ?? null, start?.id ?? null, pageSize],
  );
  const last = rows.length < pageSize ? undefined : rows.at(-1);
  return {
    batches: rows.map((row) => ({
      id: row.id,
      eventCount: row.event_count,
      firstEventTime: row.first_event_time,
      lastEventTime: row.last_event_time,
      deliveredAt: row.delivered_at,
      cleaned: row.cleaned,
    })),
    next: last && { deliveredAt: last.delivered_at_text, id: last.id },
  };
}

interface DeliveredRow {
  readonly id: string;
  readonly event_count: number;
  readonly first_event_time: Date;
  readonly last_event_time: Date;
  readonly delivered_at: Date;
  readonly delivered_at_text: string;
  readonly cleaned: boolean;
}
