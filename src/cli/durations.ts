import { InvalidArgumentError } from 'commander';
import { formatDuration } from '../durationText.js';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `30s`, `500ms`, `1.5m`, `2h` or `1d`. Returns milliseconds. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = unit === undefined ? undefined : unitMs[unit];
  if (amount === undefined || factor === undefined) {
    throw new InvalidArgumentError(
      `received ${JSON.stringify(text)}; allowed: a duration such as 30s, 500ms, 5m or 2h.`,
    );
  }
  return Number(amount) * factor;
}

/** Reads a duration of a range, whose limits are given as a person writes them. */
export function parseDurationWithin(min: string, max: string): (text: string) => number {
  const [minMs, maxMs] = [parseDuration(min), parseDuration(max)];
  return (text) => {
    const ms = parseDuration(text);
    if (ms >= minMs && ms <= maxMs) return ms;
    throw new InvalidArgumentError(
      `received ${JSON.stringify(text)}; allowed: a duration from ${min} to ${max}.`,
    );
  };
}

/** How long ago a time was: `3 min 20 s ago`; one to come: `in 2 h`. */
export function ago(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime();
  return ms > 0 ? `in ${formatDuration(ms)}` : `${formatDuration(-ms)} ago`;
}
