import { onlyRow, type Outbox } from './database.js';
import { isoText } from './isoText.js';
import { outboxEvent, outboxEventColumns, type OutboxEvent } from './waitingEvent.js';

/** What is known of the batch that owns an event. */
export interface OwningBatch {
  readonly id: string;
  readonly status: string;
  readonly eventCount: number;
  readonly attemptCount: number;
  readonly sealedAt: string;
  readonly deliveredAt: string | null;
  readonly lastErrorCode: string | null;
}

export interface FoundOutboxEvent {
  readonly event: OutboxEvent;
  /** Undefined while no batch owns it. */
  readonly batch: OwningBatch | undefined;
}

/** Ids looked through around the time at which an event was captured. */
const scannedMax = 200_000;
/** By how much the clocks of those who capture may differ, and how long a transaction may stay open. */
const disorderMs = 600_000;

/**
 * Finds an event by its event id. `outboxId` says where; without it, it is looked for around the time that its id tells,
 * since there is no index on event ids. Undefined when it is not there, or was captured under an id that tells no time.
 */
export async function findOutboxEvent(
  outbox: Outbox,
  eventId: string,
  outboxId?: string,
): Promise<FoundOutboxEvent | undefined> {
  const id = outboxId ?? (await findId(outbox, eventId));
  if (id === undefined) return undefined;
  const { schema } = outbox;
  const { rows } = await outbox.query<OutboxEvent & { batch: OwningBatch | null }>(
    `SELECT ${outboxEventColumns},
            CASE WHEN owner.id IS NOT NULL THEN json_build_object(
              'id', owner.id, 'status', owner.status, 'eventCount', owner.event_count,
              'attemptCount', owner.attempt_count, 'sealedAt', ${isoText('owner.sealed_at')},
              'deliveredAt', ${isoText('owner.delivered_at')}, 'lastErrorCode', owner.last_error_code
            ) END AS batch
     FROM ${schema}.event
     LEFT JOIN LATERAL (
       SELECT * FROM ${schema}.batch WHERE batch.event_ids @> event.id ORDER BY batch.seq DESC LIMIT 1
     ) AS owner ON true
     WHERE event.id = $1 AND event.event_id = $2`,
    [id, eventId],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { event: outboxEvent(row), batch: row.batch ?? undefined };
}

async function findId(outbox: Outbox, eventId: string): Promise<string | undefined> {
  const { schema } = outbox;
  const { id } = onlyRow(
    await outbox.query<{ id: string | null }>(
      `WITH RECURSIVE sought AS (
         SELECT ${schema}.captured_at($1::uuid) - $2::double precision * interval '1 millisecond' AS at
       ),
       -- Every event below low was captured before, by the time that its own id tells.
       halving (low, high) AS (
         SELECT coalesce(min(event.id), 0), coalesce(max(event.id), 0) + 1 FROM ${schema}.event
         UNION ALL
         SELECT CASE WHEN probe.is_before THEN probe.id + 1 ELSE low END,
                CASE WHEN probe.is_before THEN high ELSE (low + high) / 2 END
         FROM halving
         LEFT JOIN LATERAL (
           SELECT event.id, coalesce(${schema}.captured_at(event.event_id), event.event_date_time) < sought.at AS is_before
           FROM ${schema}.event CROSS JOIN sought
           WHERE event.id >= (low + high) / 2 AND event.id < high
           ORDER BY event.id
           LIMIT 1
         ) AS probe ON true
         WHERE low < high
       )
       SELECT (
         SELECT near.id
         FROM (
           SELECT event.id, event.event_id
           FROM ${schema}.event
           WHERE event.id >= (SELECT max(low) FROM halving)
           ORDER BY event.id
           LIMIT $3
         ) AS near
         WHERE near.event_id = $1::uuid
         LIMIT 1
       ) AS id
       FROM sought`,
      [eventId, disorderMs, scannedMax],
    ),
  );
  return id ?? undefined;
}
