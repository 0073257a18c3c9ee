import type { Outbox } from './database.js';
import { isoText } from './isoText.js';
import { quarantineRecordColumns, type QuarantineRecord } from './quarantineRecord.js';

export interface WholeQuarantineRecord extends QuarantineRecord {
  readonly sealedAt: string;
  readonly parentId: string | null;
}

/** One quarantined event with its batch. Undefined when no event of this id is quarantined. */
export async function readQuarantinedEvent(
  outbox: Outbox,
  eventId: string,
): Promise<WholeQuarantineRecord | undefined> {
  const { rows } = await outbox.query<WholeQuarantineRecord>(
    `SELECT quarantined.*, ${isoText('batch.sealed_at')} AS "sealedAt", batch.parent_id AS "parentId"
     FROM (
       SELECT ${quarantineRecordColumns} FROM ${outbox.schema}.quarantined_event WHERE event_id = $1 LIMIT 1
     ) AS quarantined
     JOIN ${outbox.schema}.batch ON batch.id = quarantined."batchId"`,
    [eventId],
  );
  return rows[0];
}
