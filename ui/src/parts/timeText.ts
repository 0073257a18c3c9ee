import type { TimeDisplay } from '../settings/parseSettings.js';

const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const;

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A length of time in at most two units: "340 ms", "2.4 s", "3 min 5 s", "2 h", "4 d 6 h". */
export function durationText(ms: number): string {
  const length = Math.abs(ms);
  if (length < 1000) return `${String(Math.round(length))} ms`;
  if (length < 10_000) return `${(Math.floor(length / 100) / 10).toFixed(1)} s`;
  const largest = units.findIndex((unit) => length >= unit.ms);
  const unit = units[largest] ?? units[3];
  const whole = Math.floor(length / unit.ms);
  const next = units[largest + 1];
  const rest = next === undefined ? 0 : Math.floor((length % unit.ms) / next.ms);
  return next === undefined || rest === 0
    ? `${String(whole)} ${unit.name}`
    : `${String(whole)} ${unit.name} ${String(rest)} ${next.name}`;
}

/** "now", "12 s ago", "in 3 min": one unit, since it stands in a column. */
export function relativeText(ms: number, nowMs: number): string {
  const distance = nowMs - ms;
  const length = Math.abs(distance);
  if (length < 1000) return 'now';
  const unit = units.find(({ ms: unitMs }) => length >= unitMs) ?? units[3];
  const text = `${String(Math.floor(length / unit.ms))} ${unit.name}`;
  return distance > 0 ? `${text} ago` : `in ${text}`;
}

/** `2026-11-26 14:03:22`, or with its milliseconds. */
export function absoluteText(ms: number, display: 'local' | 'utc', withMs = false): string {
  const time = new Date(display === 'utc' ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000);
  if (Number.isNaN(time.getTime())) return '–';
  const text = time.toISOString().replace('T', ' ');
  return withMs ? text.slice(0, -1) : text.slice(0, 19);
}

/** The offset of this browser's zone at that time, such as `UTC+01:00`. */
export function zoneText(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const length = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${twoDigits(Math.floor(length / 60))}:${twoDigits(length % 60)}`;
}

/** All there is to know of a time, for its tooltip: as the server wrote it, and local. */
export function exactText(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return iso;
  const utc = iso.replace('T', ' ').replace('Z', ' UTC');
  const zone = zoneText(ms);
  return zone === 'UTC' ? utc : `${utc}\n${absoluteText(ms, 'local', true)} ${zone}`;
}

export function displayText(ms: number, display: TimeDisplay, nowMs: number): string {
  return display === 'relative' ? relativeText(ms, nowMs) : absoluteText(ms, display);
}
