/**
 * A time as Python's `isoformat()` writes it, in epoch milliseconds; undefined when there is none. One without an offset
 * is taken for UTC, which Celery sends by default.
 */
export function pythonTimeMs(value: unknown): number | undefined | 'unreadable' {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !isoTime.test(value)) return 'unreadable';
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/.test(value);
  const ms = Date.parse(hasOffset ? value : `${value}Z`);
  return Number.isNaN(ms) ? 'unreadable' : ms;
}

const isoTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;
