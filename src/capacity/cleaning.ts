import { settings } from '../config/settings.js';
import { assumptions } from './assumptions.js';

/** How one outbox is kept small. */
export interface CleaningPlan {
  /** OUTBOX_CLEAN_IN_MINUTES. */
  readonly intervalMinutes: number;
  /** EVENT_PARTITION_SIZE. */
  readonly partitionEvents: number;
  readonly bytesPerEvent: number;
  readonly bytesPerHour: number;
  /** What comes between two cleanings. Up to one partition more may be there, which waits to be full and dropped. */
  readonly bytesMax: number;
  readonly partitionSeconds: number;
}

/** From the default down. */
const intervalMinutesChoices = [settings.outboxCleanInMinutes.default, 720, 360, 180, 60, 30, 10];
const partitionEventsMax = 1_000_000_000;

/**
 * The rarest cleaning that keeps the outbox within its bound, and the smallest partitions that last for long enough and do
 * not become too many. A cleaning drops the partitions that were filled since the last one; the newest waits until it is
 * full, or is deleted row by row when that is far off, so partitions should not be large either.
 */
export function planCleaning(eventsPerSecond: number, bytesPerEvent: number): CleaningPlan {
  const bytesPerSecond = eventsPerSecond * bytesPerEvent;
  const intervalMinutes =
    intervalMinutesChoices.find((minutes) => minutes * 60 * bytesPerSecond <= assumptions.outboxBytesMax) ??
    Math.min(...intervalMinutesChoices);
  const intervalSeconds = intervalMinutes * 60;
  const partitionEvents = roundUp(
    Math.max(
      settings.eventPartitionSize.default,
      eventsPerSecond * assumptions.partitionSecondsMin,
      (eventsPerSecond * intervalSeconds) / assumptions.partitionsPerCleaningMax,
    ),
  );
  return {
    intervalMinutes,
    partitionEvents,
    bytesPerEvent,
    bytesPerHour: bytesPerSecond * 3_600,
    bytesMax: bytesPerSecond * intervalSeconds,
    partitionSeconds: partitionEvents / eventsPerSecond,
  };
}

/** Up to 1, 2 or 5 times a power of ten. */
function roundUp(events: number): number {
  const power = 10 ** Math.floor(Math.log10(events));
  const factor = [1, 2, 5, 10].find((step) => step * power >= events) ?? 10;
  return Math.min(partitionEventsMax, factor * power);
}
