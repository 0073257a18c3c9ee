import { closeOutbox, openOutbox } from '../../../dist/outbox/database.js';
import { cleanEventsOutbox } from '../../../dist/tasks/cleanEventsOutbox.js';
import { compareWithLedger, describeComparison, isClean, type Comparison } from './compare.js';
import type { Weakening } from './crashOrder.js';
import type { Databases } from './databases.js';
import { readLedger } from './ledger.js';
import type { Cell } from './matrix.js';
import { eventPartitionSize, runRole } from './roleProcess.js';
import { inScene, runTroubled, type CellContext, type Scene } from './scene.js';
import { deliverAll } from './templates.js';

export type CellResult =
  | { readonly kind: 'compared'; readonly comparison: Comparison }
  /** The process came to its end without passing the crash point. */
  | { readonly kind: 'notReached' }
  /** The process did not come to its end, before the crash or after it. */
  | { readonly kind: 'failed'; readonly problem: string };

/** Streams and timers may take another turn than the time before; a point that was missed is tried again. */
const triesMax = 3;

/** Kills a role at a crash point, starts it again, delivers and cleans, and compares with the ledger. */
export async function runCell(context: CellContext, cell: Cell, weaken?: Weakening): Promise<CellResult> {
  let result: CellResult = { kind: 'notReached' };
  for (let tries = 0; tries < triesMax && result.kind === 'notReached'; tries += 1)
    result = await inScene(context, cell.role, (scene) => crashAndRecover(context, cell, scene, weaken));
  return result;
}

async function crashAndRecover(
  { engines }: CellContext,
  { role, point }: Cell,
  { databases, ledgerFile, orders }: Scene,
  weaken: Weakening | undefined,
): Promise<CellResult> {
  const crashed = await runTroubled({ role, databases, ledgerFile, order: { crash: point, weaken } });
  if (crashed.kind === 'done') return { kind: 'notReached' };
  if (crashed.kind === 'failed') return { kind: 'failed', problem: crashed.output };
  const restarted = await runRole({
    role,
    databases,
    ledgerFile,
    order: { weaken: weaken?.untilRestart === true ? undefined : weaken },
  });
  if (restarted.kind !== 'done')
    return {
      kind: 'failed',
      problem: restarted.kind === 'failed' ? restarted.output : 'It was killed twice.',
    };

  // A migrator is followed by an application that uses what it has made.
  if (role === 'migrator' || role === 'upgrader') {
    const produced = await runRole({ role: 'producer', databases, ledgerFile, order: {} });
    if (produced.kind === 'failed') return { kind: 'failed', problem: produced.output };
  }
  await deliverAll(databases);
  await cleanAll(databases);
  const ledger = readLedger(ledgerFile);
  const all = { ...ledger, orders: [...orders, ...ledger.orders] };
  return { kind: 'compared', comparison: await compareWithLedger(engines, databases, all) };
}

async function cleanAll({ databaseUrl }: Databases): Promise<void> {
  const outbox = openOutbox({ databaseUrl, schema: 'waybill', connectionsMax: 2 });
  try {
    await cleanEventsOutbox({ outbox, eventPartitionSize, historyRetentionDays: 30, fillHorizonMs: 0 });
  } finally {
    await closeOutbox(outbox);
  }
}

/** The process was killed, and everything is as the ledger says. */
export function isAsItShouldBe(result: CellResult): boolean {
  return result.kind === 'compared' && isClean(result.comparison);
}

/** What came of a cell, in words. */
export function describeResult(result: CellResult): string {
  switch (result.kind) {
    case 'notReached':
      return 'the crash point was not reached';
    case 'failed':
      return result.problem;
    case 'compared':
      return describeComparison(result.comparison);
  }
}
