import type { EventFilter } from '../event/eventFilter.js';
import type { Outbox } from './database.js';
import { chosenOfPageText, exportPage, type ExportPage, type ExportRow } from './exportPage.js';
import { waitingFilterValues } from './waitingEvent.js';

/** A page of the events that no batch owns yet; `idsMax` of them are looked at. */
export async function readUnsealedEvents(
  outbox: Outbox,
  filter: EventFilter,
  afterId: string,
  idsMax: number,
): Promise<ExportPage> {
  const { schema } = outbox;
  const { rows } = await outbox.query<ExportRow>(
    `WITH boundary AS (
       SELECT sealed_below, sealed_above, greatest(sealed_below, upper(sealed_above)) AS past FROM ${schema}.seal_cursor
     ),
     page AS (
       SELECT * FROM (
         SELECT event.*
         FROM boundary
         CROSS JOIN LATERAL unnest(
           ${schema}.seal_holes(boundary.sealed_below, boundary.sealed_above)
             * int8multirange(int8range($12::bigint, NULL, '()'))
         ) AS hole
         CROSS JOIN LATERAL (
           SELECT * FROM ${schema}.event
           WHERE event.id >= lower(hole) AND event.id < upper(hole)
           ORDER BY event.id
           LIMIT $13
         ) AS event
         UNION ALL
         (SELECT * FROM ${schema}.event
          WHERE event.id >= (SELECT past FROM boundary) AND event.id > $12::bigint
          ORDER BY event.id
          LIMIT $13)
       ) AS unsealed
       WHERE $9::uuid IS NULL
       ORDER BY id
       LIMIT $13
     )
     ${chosenOfPageText}`,
    [...waitingFilterValues(filter), afterId, idsMax],
  );
  return exportPage(rows, filter, idsMax);
}
