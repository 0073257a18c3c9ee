import { systemClock } from '../../src/delivery/clock.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import { sendBatch, type SendResult } from '../../src/delivery/sendBatch.js';
import { claimBatch, type ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { sealBatch } from './sealBatch.js';
import type { TestDatabases } from './databases.js';

/** Seals a batch of the events that are there, and claims it. */
export async function claimSealedBatch(databases: TestDatabases, quantity: number): Promise<ClaimedBatch> {
  await sealBatch(databases.outbox, quantity, false);
  const batch = await claimBatch(databases.outbox, { claimedBy: 'test', leaseMs: 60_000 });
  if (batch === undefined) throw new Error('There is no batch to claim.');
  return batch;
}

export interface SendOptions {
  readonly isHeld?: () => boolean;
  readonly signal?: AbortSignal;
}

/** Sends a batch without the checks that a run makes before, and without writing down what came of it. */
export function sendOnce(
  { outbox, eventLog }: TestDatabases,
  batch: ClaimedBatch,
  { isHeld = () => true, signal = new AbortController().signal }: SendOptions = {},
): Promise<SendResult> {
  const context = {
    ...deliveryPorts(outbox, eventLog),
    clock: systemClock,
    tableChecked: () => Promise.resolve(),
    signal,
    isHeld,
  };
  return sendBatch(context, batch);
}
