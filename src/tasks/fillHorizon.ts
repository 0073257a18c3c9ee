const minuteMs = 60_000;
const fillHorizonMsMin = 60 * minuteMs;

/**
 * How soon the partition that is being written must be full for a cleaning to leave it to its drop: within two cleanings,
 * so that what is delivered stays for that long at most, or within an hour where they are frequent.
 */
export function fillHorizonMs(outboxCleanInMinutes: number): number {
  return Math.max(fillHorizonMsMin, 2 * outboxCleanInMinutes * minuteMs);
}
