import type { Outbox } from './database.js';

/** A batch of which ClickHouse should hold nothing. */
export interface UnsentBatch {
  readonly id: string;
  readonly status: 'REPLACED' | 'DROPPED' | 'QUARANTINED' | 'AWAITING_DELIVERY';
  readonly eventCount: number;
  readonly firstEventTime: Date;
  readonly lastEventTime: Date;
  /** A batch that has replaced it deletes what ClickHouse holds of it, before it is sent. */
  readonly purgeAhead: boolean;
}

export interface UnsentPage {
  readonly batches: readonly UnsentBatch[];
  /** Where the next page begins; undefined when this was the last. */
  readonly nextSeq: string | undefined;
}

/**
 * The batches of which ClickHouse should hold nothing, in the order in which they were sealed, a page at a time: those
 * replaced or dropped since `since`, those in quarantine, and those never sent. One that awaits delivery after an attempt
 * is not among them: what ClickHouse holds of it is found out before it is sent again.
 * @param ids only these, to look at them again
 */
export async function readUnsentBatches(
  outbox: Outbox,
  since: Date,
  pageSize: number,
  afterSeq = '0',
  ids?: readonly string[],
): Promise<UnsentPage> {
  const { schema } = outbox;
  const { rows } = await outbox.query<UnsentRow>(
    `SELECT id, seq, status, event_count, first_event_time, last_event_time,
            EXISTS (
              SELECT FROM ${schema}.batch AS child
              WHERE child.parent_id = batch.id AND child.purge_parent
                AND child.status IN ('AWAITING_DELIVERY', 'SENDING')
            ) AS purge_ahead
     FROM ${schema}.batch
     WHERE (
         status IN ('REPLACED', 'DROPPED') AND closed_at >= $1
         OR status = 'QUARANTINED'
         OR status = 'AWAITING_DELIVERY' AND attempt_count = 0
       )
       AND seq > $3 AND ($4::uuid[] IS NULL OR id = ANY ($4::uuid[]))
     ORDER BY seq
     LIMIT $2`,
    [since, pageSize, afterSeq, ids ?? null],
  );
  return {
    batches: rows.map((row) => ({
      id: row.id,
      status: row.status,
      eventCount: row.event_count,
      firstEventTime: row.first_event_time,
      lastEventTime: row.last_event_time,
      purgeAhead: row.purge_ahead,
    })),
    nextSeq: rows.length < pageSize ? undefined : rows.at(-1)?.seq,
  };
}

interface UnsentRow {
  readonly id: string;
  readonly seq: string;
  readonly status: UnsentBatch['status'];
  readonly event_count: number;
  readonly first_event_time: Date;
  readonly last_event_time: Date;
  readonly purge_ahead: boolean;
}
