import type { Outbox } from './database.js';
import { quarantineFilterText, quarantineFilterValues, type QuarantineFilter } from './quarantineFilter.js';

/** Quarantined events that were refused with the same code. */
export interface QuarantinedGroup {
  readonly eventType: string | null;
  readonly errorCode: string | null;
  readonly events: number;
  /** When the first of them was refused. */
  readonly firstRefusedAt: Date;
}

/** Groups returned at most; there are as many as kinds of events times reasons. */
const groupsMax = 1_000;

/** Counts the quarantined events that the filter names, by type and code, the most frequent first. */
export async function countQuarantined(
  outbox: Outbox,
  filter: QuarantineFilter = {},
): Promise<QuarantinedGroup[]> {
  const { rows } = await outbox.query<GroupRow>(
    `SELECT event_type, error_code, count(*) AS events, min(refused_at) AS first_refused_at
     FROM ${outbox.schema}.quarantined_event
     WHERE ${quarantineFilterText}
     GROUP BY event_type, error_code
     ORDER BY events DESC, event_type, error_code
     LIMIT $4`,
    [...quarantineFilterValues(filter), groupsMax],
  );
  return rows.map((row) => ({
    eventType: row.event_type,
    errorCode: row.error_code,
    events: Number(row.events),
    firstRefusedAt: row.first_refused_at,
  }));
}

interface GroupRow {
  readonly event_type: string | null;
  readonly error_code: string | null;
  readonly events: string;
  readonly first_refused_at: Date;
}
