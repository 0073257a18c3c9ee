import { countChangedRows, countDeadRows } from '../../measuring/postgresMeter.js';
import { rolledBackType, type CaptureLedger } from '../../processes/steadyCapture.js';
import type { WaybillOutbox } from '../../waybillOutbox.js';

/** What arrived, against what was committed. */
export interface SoakVerdict {
  readonly captured: number;
  readonly rolledBack: number;
  readonly lost: number;
  readonly doubled: number;
  /** Of transactions that rolled back. */
  readonly phantom: number;
  /** Whether the ids that arrived are just those that were committed. */
  readonly idsMatch: boolean;
}

/** Compares ClickHouse with the ledger of the capturing process, which knows nothing of Waybill's tables. */
export async function readVerdict(
  { clickhouse }: WaybillOutbox,
  ledger: CaptureLedger,
): Promise<SoakVerdict> {
  const result = await clickhouse.query({
    query: `
      SELECT sum(copies) AS rows, count() AS events, sum(copies - 1) AS doubled, sum(event_type = {rolledBack: String}) AS phantom,
             toString(groupBitXor(reinterpretAsUInt64(reverse(substring(UUIDStringToNum(toString(event_id)), 9, 8))))) AS ids_xor
      FROM (SELECT event_id, any(event_type) AS event_type, count() AS copies FROM event_log GROUP BY event_id)`,
    query_params: { rolledBack: rolledBackType },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<Record<'events' | 'doubled' | 'phantom' | 'ids_xor', string>>();
  if (row === undefined) throw new Error('ClickHouse has answered with nothing.');
  const phantom = Number(row.phantom);
  return {
    captured: ledger.events,
    rolledBack: ledger.rolledBack,
    lost: ledger.events - (Number(row.events) - phantom),
    doubled: Number(row.doubled),
    phantom,
    idsMatch: row.ids_xor === ledger.idsXor,
  };
}

/** @throws unless every committed event is there once, and no other */
export function assertExactlyOnce(verdict: SoakVerdict): void {
  const { lost, doubled, phantom, idsMatch } = verdict;
  if (lost !== 0 || doubled !== 0 || phantom !== 0 || !idsMatch)
    throw new Error(`The soak has failed: not every event arrived once. ${JSON.stringify(verdict)}`);
}

export interface DeadEvents {
  readonly all: number;
  /** Of all: rows that were updated or deleted. The others were never committed: their transactions rolled back. */
  readonly changed: number;
  /** Of all: those in partitions that are full and could be dropped. */
  readonly inFull: number;
}

/** Dead rows of table event at the end, counted row by row. */
export async function countDeadEvents({ pool }: WaybillOutbox): Promise<DeadEvents> {
  const { rows } = await pool.query<{ leaf: string; is_full: boolean }>(
    `SELECT relid::regclass::text AS leaf,
            coalesce(substring(pg_get_expr(relpartbound, relid) FROM $$TO \\('?(\\d+)$$)::bigint
              <= (SELECT sealed_below FROM waybill.seal_cursor), false) AS is_full
     FROM pg_partition_tree('waybill.event') JOIN pg_class ON pg_class.oid = relid
     WHERE isleaf`,
  );
  const counted = { all: 0, changed: 0, inFull: 0 };
  for (const { leaf, is_full } of rows) {
    const dead = await countDeadRows(pool, leaf);
    counted.all += dead;
    if (is_full) counted.inFull += dead;
    if (dead > 0) counted.changed += await countChangedRows(pool, leaf);
  }
  return counted;
}
