import { formatDuration } from '../durationText.js';

/** Numbers as a person reads them: three digits or, from 100 on, whole. */
export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 12 });
}

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, as disks and networks are sold: `337 bytes`, `1.69 MB`, `31.6 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let at = 0;
  while (value >= 999.5 && at < byteUnits.length - 1) {
    value /= 1_000;
    at += 1;
  }
  return `${formatNumber(value)} ${byteUnits[at] ?? ''}`;
}

/** Any time: with three digits below a minute, then as `formatDuration`. */
export function formatTime(ms: number): string {
  return ms < 59_950 ? formatSeconds(ms / 1_000) : formatDuration(ms);
}

/** A short time with three digits: `13.8 ms`, `7.96 µs`, `1.2 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 0.000_999_5) return `${formatNumber(seconds * 1_000_000)} µs`;
  if (seconds < 0.999_5) return `${formatNumber(seconds * 1_000)} ms`;
  return `${formatNumber(seconds)} s`;
}
