/**
 * Times with microseconds, of which a Date has only the first three digits: as ISO 8601 in UTC
 * (`2026-11-26T09:30:00.123456Z`) and as a number of microseconds of Unix time. Between the years 1900 and 2300 such a
 * number needs 54 bits: one more than a JavaScript number has, hence the bigint.
 */

/** @param iso ISO 8601 in UTC, with any number of digits of a second; what follows the sixth is cut off */
export function microsOfIso(iso: string): bigint {
  const wholeMs = Date.parse(iso);
  if (Number.isNaN(wholeMs)) throw new RangeError(`${JSON.stringify(iso)} is no time.`);
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return BigInt(wholeMs) * 1_000n + BigInt(fraction.padEnd(6, '0').slice(3, 6));
}

export function isoOfMicros(micros: bigint): string {
  const ms = micros / 1_000n - (micros % 1_000n < 0n ? 1n : 0n); // rounded down before 1970 too
  const digits = String(micros - ms * 1_000n).padStart(3, '0');
  return new Date(Number(ms)).toISOString().replace('Z', `${digits}Z`);
}
