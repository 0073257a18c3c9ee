import type { EventFilter } from '../event/eventFilter.js';
import type { Outbox } from './database.js';
import { chosenOfPageText, exportPage, type ExportPage, type ExportRow } from './exportPage.js';
import { waitingFilterValues } from './waitingEvent.js';

/** A page of the events that a batch owns; `idsMax` of them are looked at. */
export async function readOwnedEvents(
  outbox: Outbox,
  batchId: string,
  filter: EventFilter,
  afterId: string,
  idsMax: number,
): Promise<ExportPage> {
  const { schema } = outbox;
  const { rows } = await outbox.query<ExportRow>(
    `WITH page AS (
       SELECT event.*
       FROM ${schema}.batch
       CROSS JOIN LATERAL unnest(batch.event_ids * int8multirange(int8range($12::bigint, NULL, '()'))) AS owned
       CROSS JOIN LATERAL (
         SELECT * FROM ${schema}.event
         WHERE event.id >= lower(owned) AND event.id < upper(owned)
         ORDER BY event.id
         OFFSET 0
       ) AS event
       WHERE batch.id = $14 AND ($9::uuid IS NULL OR batch.id = $9::uuid)
       LIMIT $13 -- the ranges come in the order of their ids, and so do the events
     )
     ${chosenOfPageText}`,
    [...waitingFilterValues(filter), afterId, idsMax, batchId],
  );
  return exportPage(rows, filter, idsMax);
}
