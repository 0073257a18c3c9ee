import type pg from 'pg';
import { onlyRow, type Outbox } from '../../src/outbox/database.js';
import { sealBatch } from '../support/sealBatch.js';
import { compare, type Comparison } from '../support/databases.js';

/** Inserts `count` events; what it returns are their ids, which exist if and only if the transaction commits. */
export async function insertEvents(client: pg.ClientBase | pg.Pool, count: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     SELECT gen_random_uuid(), 'sealed', now(), 'test', '{}' FROM generate_series(1, $1)
     RETURNING id`,
    [count],
  );
  return rows.map((row) => row.id);
}

export interface SealCursor {
  readonly sealed_below: string;
  readonly sealed_above: string;
  readonly hole_limit: string | null;
  readonly hole_owners: readonly string[] | null;
}

export async function readCursor(outbox: Outbox): Promise<SealCursor> {
  return onlyRow(
    await outbox.pool.query<SealCursor>(
      `SELECT sealed_below, sealed_above::text, hole_limit, hole_owners FROM ${outbox.schema}.seal_cursor`,
    ),
  );
}

/** Calls of `sealTheRest` for one database; far more than any test needs. */
const callsMax = 1_000;

/** Seals whatever is left, until neither a batch nor the cursor changes any more. */
export async function sealTheRest(outbox: Outbox): Promise<void> {
  let before = '';
  for (let calls = 0; calls < callsMax; calls += 1) {
    const { sealed } = await sealBatch(outbox, 1_000, true);
    const after = JSON.stringify(await readCursor(outbox));
    if (!sealed && after === before) return;
    before = after;
  }
  throw new Error(`Sealing did not come to rest within ${String(callsMax)} calls.`);
}

export interface SealedBatch {
  readonly id: string;
  readonly eventCount: number;
  /** In ascending order. */
  readonly eventIds: readonly string[];
}

/** All batches, oldest first, or the one of this id. */
export async function readBatches(outbox: Outbox, id?: string): Promise<SealedBatch[]> {
  const { rows } = await outbox.pool.query<{ id: string; event_count: number; event_ids: string[] }>(
    `SELECT id, event_count, ARRAY(
       SELECT series.id::text
       FROM unnest(event_ids) AS owned, generate_series(lower(owned), upper(owned) - 1) AS series (id)
       ORDER BY series.id
     ) AS event_ids
     FROM ${outbox.schema}.batch WHERE $1::uuid IS NULL OR id = $1 ORDER BY seq`,
    [id ?? null],
  );
  return rows.map((row) => ({ id: row.id, eventCount: row.event_count, eventIds: row.event_ids }));
}

/** Compares what the outbox holds with what batches own, each id as often as it is owned. */
export async function compareSealed(outbox: Outbox): Promise<Comparison> {
  const { rows } = await outbox.pool.query<{ id: string }>(`SELECT id FROM ${outbox.schema}.event`);
  const batches = await readBatches(outbox);
  return compare(
    rows.map((row) => row.id),
    batches.flatMap((batch) => batch.eventIds),
  );
}

export const nothingWrong: Comparison = { lost: [], doubled: [], phantom: [] };
