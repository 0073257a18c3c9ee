import { expect } from 'vitest';
import type { Difference, ReconcileReport } from '../../src/reconcile/report.js';
import { reconcile } from '../../src/reconcile/reconcile.js';
import { clean } from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { readBatches, seedEvents } from '../support/outbox.js';

/** Commits events and delivers them in batches of this size. Returns the events' ids and the batches'. */
export async function deliver(
  databases: TestDatabases,
  count: number,
  size: number,
): Promise<{ committed: string[]; batchIds: string[] }> {
  const before = new Set((await readBatches(databases)).map(({ id }) => id));
  const committed = await seedEvents(databases, count);
  await databases.service({ partitionQuantity: size, concurrency: 1 }).run();
  const batches = (await readBatches(databases)).filter(({ id }) => !before.has(id));
  expect(batches.map(({ status }) => status)).toEqual(Array(count / size).fill('DELIVERED'));
  return { committed, batchIds: batches.map(({ id }) => id) };
}

const hourMs = 3_600_000;

/** Compares what was delivered in the last hour. */
export function compareNow(databases: TestDatabases): Promise<ReconcileReport> {
  return reconcile(databases, { since: new Date(Date.now() - hourMs), until: new Date(Date.now() + hourMs) });
}

/** The same, and repairs what differs. */
export function repairNow(databases: TestDatabases): Promise<ReconcileReport> {
  return reconcile(databases, {
    since: new Date(Date.now() - hourMs),
    until: new Date(Date.now() + hourMs),
    repair: { performedBy: 'anna', reason: 'a test' },
  });
}

/** What a report says of each difference, in short. */
export function inShort({ differences }: ReconcileReport): Pick<Difference, 'kind' | 'batchId'>[] {
  return differences.map(({ kind, batchId }) => ({ kind, batchId }));
}

/** Removes what was delivered from the outbox. */
export async function cleanAll(databases: TestDatabases): Promise<void> {
  await clean(databases, { partitionSize: 1_000_000 });
  const { rows } = await databases.pool.query('SELECT FROM waybill.event');
  expect(rows).toEqual([]);
}

export interface ActionRow {
  readonly action: string;
  readonly performed_by: string;
  readonly batch_id: string | null;
  readonly event_count: string;
  readonly reason: string | null;
  readonly details: Record<string, unknown>;
}

/** What people did, oldest first. */
export async function readActions({ pool }: Pick<TestDatabases, 'pool'>): Promise<ActionRow[]> {
  const { rows } = await pool.query<ActionRow>(
    'SELECT action, performed_by, batch_id, event_count, reason, details FROM waybill.operator_action ORDER BY id',
  );
  return rows;
}
