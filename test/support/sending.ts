import { systemClock } from '../../src/delivery/clock.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import { sendBatch, type SendResult } from '../../src/delivery/sendBatch.js';
import { claimBatch, type ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { sealBatch } from '../../src/outbox/sealBatch.js';
import type { TestDatabases } from './databases.js';

/** Seals a batch of the events that are there, and claims it. */
export async function claimSealedBatch(databases: TestDatabases, quantity: number): Promise<ClaimedBatch> {
  await sealBatch(databases.outbox, quantity, false);
  const batch = await claimBatch(databases.outbox, { claimedBy: 'test', leaseMs: 60_000 });
  if (batch === undefined) throw new Error('There is no batch to claim.');
  return batch;
}

/** Sends a batch without the checks that a run makes before, and without writing down what came of it. */
export function sendOnce(
  { outbox, eventLog }: TestDatabases,
  batch: ClaimedBatch,
  { isHeld = () => true }: { readonly isHeld?: () => boolean } = {},
): Promise<SendResult> {
  const context = {
    ...deliveryPorts(outbox, eventLog),
    clock: systemClock,
    tableChecked: () => Promise.resolve(),
    signal: new AbortController().signal,
    isHeld,
  };
  return sendBatch(context, batch);
}
