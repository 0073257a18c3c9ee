import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InsertFaults } from './crashOrder.js';
import { copyDatabases, dropDatabases, type Databases, type Engines } from './databases.js';
import type { LedgerOrder } from './ledger.js';
import { startReader } from './reader.js';
import { runRole, type Role, type RoleEnd, type RoleRun } from './roleProcess.js';
import type { Scenarios } from './templates.js';

export interface CellContext {
  readonly engines: Engines;
  readonly scenarios: Scenarios;
}

/** What the network does to a worker, so that it gets to every step in one life. */
const faultsOf: Readonly<Partial<Record<Role, InsertFaults>>> = {
  worker: {
    holdAnswer: { insert: 2, until: ['outbox/renewClaim', 'outbox/renewTask'] },
    loseAnswer: { fromInsert: 3 },
  },
};

/** Databases of their own, and a place for a ledger. */
export interface Scene {
  readonly databases: Databases;
  readonly ledgerFile: string;
  readonly orders: readonly LedgerOrder[];
}

/** Gives `work` a copy of what the role finds, and takes it away afterwards. */
export async function inScene<Result>(
  { engines, scenarios }: CellContext,
  role: Role,
  work: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  const { template, orders } = scenarios[role];
  const folder = await mkdtemp(join(tmpdir(), 'waybill-crash-'));
  const databases = await copyDatabases(engines, template, role);
  try {
    return await work({ databases, ledgerFile: join(folder, 'ledger.jsonl'), orders });
  } finally {
    await dropDatabases(engines, databases);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Runs a role in such trouble that it gets to every step: a worker's inserts meet faults of the network, and a cleaning
 * meets a transaction that holds the lock it needs.
 */
export async function runTroubled(run: RoleRun): Promise<RoleEnd> {
  const { role, databases, order } = run;
  const reader = role === 'cleaner' ? await startReader(databases) : undefined;
  try {
    return await runRole({ ...run, order: { ...order, faults: faultsOf[role] } });
  } finally {
    await reader?.stop();
  }
}
