import { formatDuration } from '../durationText.js';
import type { Finding } from './finding.js';

/** More than what synchronised clocks ever differ by. */
const differenceMsMax = 5_000;

/** When a question was asked and answered, by this machine's clock, and what the server's clock said. */
export interface ClockReading {
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  readonly serverMs: number;
}

const consequences = {
  postgres:
    'LOG_EVENTS_MAX_WAIT_IN_MINUTES compares the clock of the worker with that of the machine that captured, so small ' +
    'batches go out too early or too late, and ages are shown wrong. Leases and the tasks go by the clock of Postgres ' +
    'alone and are not touched.',
  clickhouse:
    'Times in the logs of the two do not match, and a TTL of the table or a window in seconds counts from another ' +
    'time than yours. Deliveries are not touched.',
} as const;

/** Compares a server's clock with this machine's. The answer took a while: only what exceeds that counts. */
export function checkClock(
  side: 'postgres' | 'clickhouse',
  { askedAtMs, answeredAtMs, serverMs }: ClockReading,
): Finding[] {
  const aheadMs = serverMs < askedAtMs ? serverMs - askedAtMs : Math.max(0, serverMs - answeredAtMs);
  if (Math.abs(aheadMs) <= differenceMsMax) return [];
  const name = side === 'postgres' ? 'Postgres' : 'ClickHouse';
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  return [
    {
      code: 'CLOCKS_DIFFER',
      severity: 'warning',
      side,
      summary: `The clock of ${name} is ${formatDuration(Math.abs(aheadMs))} ${direction} that of this machine.`,
      meaning: consequences[side],
      advice: 'Synchronise both machines with NTP (chrony, systemd-timesyncd).',
    },
  ];
}
