import { onlyRow, type Outbox } from './database.js';

/** Whether events flow. The same as view `delivery_watch` in SQL. */
export interface DeliveryWatch {
  /** When the oldest undelivered record was captured; undefined when all is delivered. Quarantined ones are not counted. */
  readonly oldestUndeliveredAt: Date | undefined;
  /** How long ago that was by the clock of Postgres, in milliseconds. */
  readonly oldestUndeliveredAgeMs: number | undefined;
  readonly quarantinedEvents: number;
  /** When the oldest quarantined record was captured. */
  readonly oldestQuarantinedAt: Date | undefined;
}

/** Costs the same whatever the backlog. */
export async function readDeliveryWatch(outbox: Outbox): Promise<DeliveryWatch> {
  const row = onlyRow(
    await outbox.query<WatchRow>(
      `SELECT oldest_undelivered_at, quarantined_events, oldest_quarantined_at,
              (extract(epoch FROM oldest_undelivered_age) * 1000)::double precision AS oldest_undelivered_age_ms
       FROM ${outbox.schema}.delivery_watch`,
    ),
  );
  return {
    oldestUndeliveredAt: row.oldest_undelivered_at ?? undefined,
    oldestUndeliveredAgeMs: row.oldest_undelivered_age_ms ?? undefined,
    quarantinedEvents: Number(row.quarantined_events),
    oldestQuarantinedAt: row.oldest_quarantined_at ?? undefined,
  };
}

interface WatchRow {
  readonly oldest_undelivered_at: Date | null;
  readonly oldest_undelivered_age_ms: number | null;
  readonly quarantined_events: string;
  readonly oldest_quarantined_at: Date | null;
}
