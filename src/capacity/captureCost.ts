import { sizeFactor } from './batchCost.js';
import { measuredCosts, measuredOn } from './measuredCosts.js';

/** CPU seconds of Postgres to capture one event. */
export function captureCpuSeconds(bytesPerEvent: number): number {
  return (measuredCosts.capturePostgresCpu.value / 1_000_000) * sizeFactor(bytesPerEvent);
}

/** WAL of one captured event. What Postgres adds to the bytes of a record does not depend on how many they are. */
export function walBytesPerEvent(bytesPerEvent: number): number {
  return bytesPerEvent + measuredCosts.captureWal.value - measuredOn.bytesPerEvent;
}

/** Disk that one record takes in the outbox, until it is cleaned. */
export function outboxBytesPerEvent(bytesPerEvent: number): number {
  return bytesPerEvent + measuredCosts.outboxDisk.value - measuredOn.bytesPerEvent;
}
