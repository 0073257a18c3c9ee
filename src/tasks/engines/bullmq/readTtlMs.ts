/** A year. Longer working times are a mistake, most likely in their unit. */
const ttlSecondsMax = 31_536_000;

/**
 * The working time that a job's data gives its run, in milliseconds: `ttl`, in seconds, as the Celery tasks have it.
 * Undefined when it gives none.
 * @throws {TypeError} that names what is wrong
 */
export function readTtlMs(data: unknown): number | undefined {
  if (data === undefined || data === null) return undefined;
  if (typeof data !== 'object' || Array.isArray(data))
    throw new TypeError(`The data of the job is not an object: ${shown(data)}.`);
  if (!('ttl' in data) || data.ttl === undefined || data.ttl === null) return undefined;
  const { ttl } = data;
  if (typeof ttl !== 'number' || !(ttl > 0) || ttl > ttlSecondsMax)
    throw new TypeError(
      `ttl of the job is ${shown(ttl)}; allowed: seconds, more than 0 and at most ${String(ttlSecondsMax)}.`,
    );
  return Math.max(1, Math.round(ttl * 1_000));
}

const shownCharactersMax = 80;

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text;
}
