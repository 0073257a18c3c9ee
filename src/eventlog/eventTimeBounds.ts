import { eventLimits } from '../event/logEvent.js';

/**
 * The times between which events lie, in milliseconds of Unix time, as parameters of a query. A Date has milliseconds, an
 * event microseconds: widened by one each way, within what ClickHouse can compute.
 */
export function eventTimeBounds(events: { readonly firstEventTime: Date; readonly lastEventTime: Date }): {
  first: number;
  last: number;
} {
  return {
    first: Math.max(events.firstEventTime.getTime() - 1, Date.parse(eventLimits.eventDateTimeMin)),
    last: Math.min(events.lastEventTime.getTime() + 1, Date.parse(eventLimits.eventDateTimeMax) + 1),
  };
}

/** The condition on rows that goes with it. */
export const eventTimeCondition =
  'event_date_time >= fromUnixTimestamp64Milli({first: Int64}) AND event_date_time <= fromUnixTimestamp64Milli({last: Int64})';
