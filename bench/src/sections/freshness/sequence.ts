/** Each event carries its number in its subject. */
export const eventType = 'order_placed';
const prefix = 'order:';

export function subjectOf(sequence: number): string {
  return `${prefix}${String(sequence)}`;
}

/** The number of an event, as an expression of ClickHouse. */
export const sequenceSql = `toUInt64(substring(assumeNotNull(subject), ${String(prefix.length + 1)}))`;
