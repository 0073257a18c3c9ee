/**
 * Where to cut a batch of which ClickHouse refused some row: positions, from 1, at which a further piece begins.
 *
 * Where the row is known it stands alone at once: what comes before it parsed, and what comes after it, of which nobody
 * knows anything yet, is halved. Where it is not known, the batch is halved. So a batch of n events with b bad ones is
 * in pieces after some b × log2(n / b) inserts, and each cut makes every piece smaller than the batch.
 */
export function cutBatch(eventCount: number, badRow: number | undefined): number[] {
  if (badRow === undefined || badRow > eventCount) return [Math.floor(eventCount / 2) + 1];
  const restCount = eventCount - badRow;
  const cuts = [badRow, badRow + 1, badRow + 1 + Math.ceil(restCount / 2)];
  // Unique, and none where a piece would be empty: the first piece begins at 1 by itself.
  return cuts.filter((cut, at) => cut > 1 && cut <= eventCount && cut !== cuts[at - 1]);
}
