import type pg from 'pg';
import { queryRows, quotedTable, type EventLog } from '../../src/eventlog/client.js';
import { onlyRow } from '../../src/outbox/database.js';

/** What came of it all: the ledger against the event log, row by row, and the batches. */
export interface Verdict {
  /** Committed, by the ledger. */
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  readonly phantom: number;
  /** There once, with another content than was committed. */
  readonly altered: number;
  /** Batches that are neither DELIVERED nor replaced by batches that are. */
  readonly unsettledBatches: number;
  /** Events that no delivered batch owns, or more than one, and rows of a batch that is not delivered. */
  readonly misowned: number;
  /** Events quarantined, or batches cut for their data: no fault of these tests is one of the data. */
  readonly refused: number;
}

export const nothingWrong: Omit<Verdict, 'events'> = {
  lost: 0,
  doubled: 0,
  phantom: 0,
  altered: 0,
  unsettledBatches: 0,
  misowned: 0,
  refused: 0,
};

export function isRight({ events, ...wrong }: Verdict): boolean {
  return events > 0 && Object.values(wrong).every((count) => count === 0);
}

interface Sides {
  readonly pool: pg.Pool;
  readonly eventLog: EventLog;
}

interface EventRow {
  readonly event_id: string;
  readonly [column: string]: unknown;
}

const columns =
  'event_id, event_type, event_date_time, environment, event_context, metadata_version, subject, traceparent';

export async function readVerdict(sides: Sides): Promise<Verdict> {
  const { rows: committed } = await sides.pool.query<EventRow>(`SELECT ${columns} FROM ledger`);
  const arrived = await queryRows<EventRow>(
    sides.eventLog,
    `SELECT ${columns} FROM ${quotedTable(sides.eventLog)}`,
  );
  const arrivedById = new Map(arrived.map((row) => [row.event_id, row]));
  const committedIds = new Set(committed.map((row) => row.event_id));
  return {
    events: committed.length,
    lost: committed.filter((row) => !arrivedById.has(row.event_id)).length,
    doubled: arrived.length - arrivedById.size,
    phantom: [...arrivedById.keys()].filter((id) => !committedIds.has(id)).length,
    altered: committed.filter((row) => isOther(row, arrivedById.get(row.event_id))).length,
    ...(await readBatchVerdict(sides, committed.length)),
  };
}

function isOther(committed: EventRow, arrived: EventRow | undefined): boolean {
  return arrived !== undefined && JSON.stringify(committed) !== JSON.stringify(arrived);
}

async function readBatchVerdict(
  { pool, eventLog }: Sides,
  committedCount: number,
): Promise<Pick<Verdict, 'unsettledBatches' | 'misowned' | 'refused'>> {
  const { unsettled, refused, delivered } = onlyRow(
    await pool.query<{ unsettled: number; refused: number; delivered: string[] | null }>(
      `SELECT count(*) FILTER (WHERE status NOT IN ('DELIVERED', 'REPLACED'))::integer AS unsettled,
              array_agg(id) FILTER (WHERE status = 'DELIVERED') AS delivered,
              (SELECT coalesce(sum(batches_split + events_quarantined), 0)::integer FROM waybill.run) AS refused
       FROM waybill.batch`,
    ),
  );
  const { owned, distinct } = onlyRow(
    await pool.query<{ owned: number; distinct: number }>(
      `SELECT count(*)::integer AS owned, count(DISTINCT each)::integer AS distinct
       FROM waybill.batch, unnest(event_ids) AS ids, generate_series(lower(ids), upper(ids) - 1) AS each
       WHERE status = 'DELIVERED'`,
    ),
  );
  const deliveredIds = new Set(delivered ?? []);
  const rowsOfBatches = await queryRows<{ batch_id: string; rows: string | number }>(
    eventLog,
    `SELECT batch_id, count() AS rows FROM ${quotedTable(eventLog)} GROUP BY batch_id`,
  );
  const rowsElsewhere = rowsOfBatches
    .filter(({ batch_id }) => !deliveredIds.has(batch_id))
    .reduce((sum, { rows }) => sum + Number(rows), 0);
  return {
    unsettledBatches: unsettled,
    misowned: owned - distinct + Math.abs(committedCount - distinct) + rowsElsewhere,
    refused,
  };
}
