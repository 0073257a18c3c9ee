/**
 * The SQL for a time as ISO 8601 in UTC with microseconds, as `2026-11-26T09:30:00.123456Z`: a Date would lose the last
 * three digits. NULL for NULL and for the two infinities.
 * @param expression of type timestamptz
 */
export function isoText(expression: string): string {
  return `CASE WHEN isfinite(${expression}) THEN to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END`;
}
