import { onlyRow, type Outbox } from './database.js';

/** The lowest id that may still be delivered: of a batch under way, or of an event that no batch owns yet. Quarantined ones wait for a person. */
export async function readFirstUndeliveredId(outbox: Outbox): Promise<number> {
  const result = await outbox.query<{ id: string }>(
    `SELECT least(
       (SELECT sealed_below FROM ${outbox.schema}.seal_cursor),
       (SELECT min(lower(event_ids)) FROM ${outbox.schema}.batch WHERE status IN ('AWAITING_DELIVERY', 'SENDING'))
     ) AS id`,
  );
  return Number(onlyRow(result).id);
}
