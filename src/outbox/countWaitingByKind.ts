import type { Outbox } from './database.js';
import { waitingCandidatesText, waitingFilterValues, waitingScannedMax } from './waitingEvent.js';

/** How many events that are not delivered yet there are of each type and environment, in a range of time. */
export async function countWaitingByKind(
  outbox: Outbox,
  range: { readonly from: string; readonly to: string },
): Promise<{ readonly eventType: string; readonly environment: string; readonly events: number }[]> {
  const { rows } = await outbox.query<{ eventType: string; environment: string; events: number }>(
    `WITH ${waitingCandidatesText(outbox.schema)}
     SELECT event.event_type AS "eventType", event.environment, count(*)::double precision AS events
     FROM candidate
     JOIN ${outbox.schema}.event ON event.id = candidate.id
     WHERE candidate.matches
     GROUP BY event.event_type, event.environment`,
    [...waitingFilterValues(range), waitingScannedMax, ['AWAITING_DELIVERY', 'SENDING', 'QUARANTINED']],
  );
  return rows;
}
