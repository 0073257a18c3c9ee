import { checkTable } from '../eventlog/checkTable.js';
import type { EventLog } from '../eventlog/client.js';
import { countBatch, type BatchCount, type BatchToCount } from '../eventlog/countBatch.js';
import { deleteBatch } from '../eventlog/deleteBatch.js';
import { endInserts } from '../eventlog/endInserts.js';
import { insertBatch, type BatchInsert } from '../eventlog/insertBatch.js';
import { forgetKnownSettings } from '../eventlog/insertSettings.js';
import type { Attempt } from '../outbox/attempt.js';
import { claimBatch, type ClaimedBatch, type ClaimRequest } from '../outbox/claimBatch.js';
import { countDistinctEvents } from '../outbox/countDistinctEvents.js';
import type { Outbox } from '../outbox/database.js';
import { finishRun, type RunFigures } from '../outbox/finishRun.js';
import { markDelivered } from '../outbox/markDelivered.js';
import { quarantineBatch } from '../outbox/quarantineBatch.js';
import { readBatch, type BatchReading } from '../outbox/readBatch.js';
import { releaseBatch, type Release } from '../outbox/releaseBatch.js';
import { renewClaim } from '../outbox/renewClaim.js';
import { replaceBatch, type Replacement } from '../outbox/replaceBatch.js';
import { startRun, type RunStart } from '../outbox/startRun.js';
import { takeBatch, type TakeRequest, type TakeResult } from '../outbox/takeBatch.js';

/**
 * What delivery asks of the outbox. Each is one function of src/outbox, where it is described; a simulation puts a
 * stand-in in its place.
 */
export interface OutboxPort {
  startRun(run: RunStart): Promise<void>;
  finishRun(run: RunFigures): Promise<void>;
  takeBatch(take: TakeRequest): Promise<TakeResult>;
  claimBatch(claim: ClaimRequest): Promise<ClaimedBatch | undefined>;
  renewClaim(batch: ClaimedBatch, leaseMs: number): Promise<boolean>;
  readBatch(batch: ClaimedBatch): Promise<BatchReading>;
  countDistinctEvents(batch: ClaimedBatch): Promise<number>;
  markDelivered(batch: ClaimedBatch, attempt: Attempt): Promise<boolean>;
  releaseBatch(batch: ClaimedBatch, attempt: Attempt, release: Release): Promise<boolean>;
  replaceBatch(
    batch: ClaimedBatch,
    attempt: Attempt,
    replacement: Replacement,
  ): Promise<readonly string[] | undefined>;
  quarantineBatch(batch: ClaimedBatch, attempt: Attempt, refusedColumn: string | undefined): Promise<boolean>;
}

/** What delivery asks of the event log. Each is one function of src/eventlog, where it is described. */
export interface EventLogPort {
  checkTable(signal: AbortSignal): Promise<void>;
  endInserts(batchId: string, signal: AbortSignal): Promise<number>;
  countBatch(batch: BatchToCount, signal: AbortSignal): Promise<BatchCount>;
  deleteBatch(batch: BatchToCount, signal: AbortSignal): Promise<void>;
  insertBatch(insert: BatchInsert): Promise<number | undefined>;
  forgetKnownSettings(): void;
}

export interface DeliveryPorts {
  readonly outbox: OutboxPort;
  readonly eventLog: EventLogPort;
}

/** The ports to a real outbox and a real event log. */
export function deliveryPorts(outbox: Outbox, eventLog: EventLog): DeliveryPorts {
  return {
    outbox: {
      startRun: (run) => startRun(outbox, run),
      finishRun: (run) => finishRun(outbox, run),
      takeBatch: (take) => takeBatch(outbox, take),
      claimBatch: (claim) => claimBatch(outbox, claim),
      renewClaim: (batch, leaseMs) => renewClaim(outbox, batch, leaseMs),
      readBatch: (batch) => readBatch(outbox, batch),
      countDistinctEvents: (batch) => countDistinctEvents(outbox, batch),
      markDelivered: (batch, attempt) => markDelivered(outbox, batch, attempt),
      releaseBatch: (batch, attempt, release) => releaseBatch(outbox, batch, attempt, release),
      replaceBatch: (batch, attempt, replacement) => replaceBatch(outbox, batch, attempt, replacement),
      quarantineBatch: (batch, attempt, column) => quarantineBatch(outbox, batch, attempt, column),
    },
    eventLog: {
      checkTable: (signal) => checkTable(eventLog, signal),
      endInserts: (batchId, signal) => endInserts(eventLog, batchId, signal),
      countBatch: (batch, signal) => countBatch(eventLog, batch, signal),
      deleteBatch: (batch, signal) => deleteBatch(eventLog, batch, signal),
      insertBatch: (insert) => insertBatch(eventLog, insert),
      forgetKnownSettings: () => {
        forgetKnownSettings(eventLog);
      },
    },
  };
}
