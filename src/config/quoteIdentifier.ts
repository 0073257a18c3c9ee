import { WaybillError } from '../waybillError.js';

/** Postgres cuts longer names in silence, at 63 bytes. */
const identifierBytesMax = 63;

/**
 * Quotes a name for use in Postgres SQL. The one place where a name becomes SQL text: everything else is bound.
 * @throws {WaybillError} `INVALID_OPTION` for a name that Postgres would refuse or cut
 */
export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > identifierBytesMax) {
    throw new WaybillError(
      'INVALID_OPTION',
      `${JSON.stringify(name)} cannot be a Postgres name: 1 to ${String(identifierBytesMax)} bytes, no NUL.`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
