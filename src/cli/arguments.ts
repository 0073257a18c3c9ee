import { hostname, userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import { parseDuration } from './durations.js';

/** Reads a whole number from 0 on. */
export function parseWholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`received ${JSON.stringify(text)}; allowed: a whole number.`);
}

/** Reads a whole number of a range. */
export function parseWholeNumberWithin(min: number, max: number): (text: string) => number {
  return (text) => readWithin(text, /^\d{1,12}$/, 'a whole number', min, max);
}

/** Reads a number of a range, whole or decimal. */
export function parseDecimalWithin(min: number, max: number): (text: string) => number {
  return (text) => readWithin(text, /^\d{1,12}(\.\d{1,12})?$/, 'a number', min, max);
}

function readWithin(text: string, pattern: RegExp, what: string, min: number, max: number): number {
  const value = pattern.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;

  throw new InvalidArgumentError(
    `received ${JSON.stringify(text)}; allowed: ${what} from ${String(min)} to ${String(max)}.`,
  );
}

/** Reads one of several ids. Commander hands over those read so far. */
export function parseEventIds(text: string, before: readonly string[] = []): string[] {
  return [...before, parseEventId(text)];
}

export function parseEventId(text: string): string {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError(
    `received ${JSON.stringify(text)}; allowed: the id of an event, as waybill quarantine list shows it.`,
  );
}

/** Reads a time: so long ago, such as `24h`, or a date of ISO 8601, which without a zone is one of UTC. */
export function parseMoment(text: string): Date {
  if (/^\d+(\.\d+)?[a-z]+$/.test(text)) return new Date(Date.now() - parseDuration(text));
  const isDate = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const hasZone = /(Z|[T ].*[+-]\d{2}:\d{2})$/.test(text);
  const moment = new Date(hasZone || !/[T ]/.test(text) ? text : `${text}Z`);
  if (isDate && !Number.isNaN(moment.getTime())) return moment;
  throw new InvalidArgumentError(
    `received ${JSON.stringify(text)}; allowed: a duration such as 24h or 7d, or a date such as 2026-01-31 or 2026-01-31T12:00Z.`,
  );
}

/** Who runs this command, as the shell knows them: `anna@host`. */
export function operatorName(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${String(process.getuid?.() ?? 'unknown')}`; // a container's user may have no name
  }
}
