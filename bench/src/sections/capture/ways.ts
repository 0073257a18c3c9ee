/** How the event of a use case is stored, in the order of the tables. */
export const captureWays = [
  { name: 'none', label: 'no event' },
  { name: 'hand', label: 'hand-written INSERT' },
  { name: 'handAgain', label: 'hand-written INSERT, again' },
  { name: 'handPartitioned', label: "hand-written INSERT into Waybill's table" },
  { name: 'waybill', label: 'Waybill' },
  { name: 'statusRow', label: 'row-by-row outbox' },
  { name: 'pgTransactionalOutbox', label: 'pg-transactional-outbox' },
  { name: 'pgBoss', label: 'pg-boss' },
] as const;

/**
 * `handAgain` is `hand` once more, measured as another way: what the two differ in is what these measurements cannot tell
 * apart. `handPartitioned` tells the cost of Waybill's table (its partitions and CHECK constraints) from that of its code.
 */
export type CaptureWayName = (typeof captureWays)[number]['name'];
