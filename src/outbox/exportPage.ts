import { contentMatches, type EventFilter } from '../event/eventFilter.js';
import { outboxEvent, outboxEventColumns, waitingFilterText, type OutboxEvent } from './waitingEvent.js';

/** Events read one page after the other, in the order of their ids. */
export interface ExportPage {
  readonly events: readonly OutboxEvent[];
  /** The id after which the next page begins; undefined when this was the last. */
  readonly afterId: string | undefined;
}

/** Of the events that CTE `page` holds, those that the filter wants; and how far it reaches, where it wants none too. */
export const chosenOfPageText = `
  SELECT reach.count, reach."lastId", ${outboxEventColumns}
  FROM (SELECT count(*)::integer AS count, max(id) AS "lastId" FROM page) AS reach
  LEFT JOIN page AS event ON ${waitingFilterText}
  ORDER BY event.id`;

export type ExportRow = { readonly count: number; readonly lastId: string | null } & (
  OutboxEvent | { readonly eventId: null }
);

export function exportPage(rows: readonly ExportRow[], filter: EventFilter, idsMax: number): ExportPage {
  const [first] = rows;
  const isLast = first === undefined || first.count < idsMax;
  return {
    events: rows
      .filter((row) => row.eventId !== null)
      .map(outboxEvent)
      .filter((event) => contentMatches(event, filter)),
    afterId: isLast ? undefined : (first.lastId ?? undefined),
  };
}
