/** Which quarantined events are meant. All of them when nothing is given; what is given must all hold. */
export interface QuarantineFilter {
  readonly eventIds?: readonly string[] | undefined;
  readonly eventType?: string | undefined;
  /** ClickHouse's code of the refusal: as it stands in the list, or its number, or its name alone. */
  readonly code?: string | undefined;
}

/** The condition on view `quarantined_event`, with the values of `quarantineFilterValues` as $1 to $3. */
export const quarantineFilterText = `
  ($1::uuid[] IS NULL OR event_id = ANY ($1::uuid[]))
  AND ($2::text IS NULL OR event_type = $2)
  AND ($3::text IS NULL OR $3 = error_code OR $3 = ANY (string_to_array(error_code, ' ')))`;

export function quarantineFilterValues(filter: QuarantineFilter): unknown[] {
  return [filter.eventIds ?? null, filter.eventType ?? null, filter.code ?? null];
}

/** Who decides about quarantined events, and why. Kept in table `operator_action`. */
export interface Decision {
  readonly performedBy: string;
  readonly reason?: string | undefined;
}

/** Events that one statement releases or drops. */
export const decidedAtOnceMax = 1_000;
