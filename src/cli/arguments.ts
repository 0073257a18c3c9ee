import { hostname, userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';

/** Reads a whole number from 0 on. */
export function parseWholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`received ${JSON.stringify(text)}; allowed: a whole number.`);
}

/** Reads one of several ids. Commander hands over those read so far. */
export function parseEventIds(text: string, before: readonly string[] = []): string[] {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return [...before, text.toLowerCase()];
  throw new InvalidArgumentError(
    `received ${JSON.stringify(text)}; allowed: the id of an event, as waybill quarantine list shows it.`,
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
