import { randomFillSync } from 'node:crypto';

const poolIds = 256;
const randomBytesPerId = 10;
const pool = Buffer.alloc(poolIds * randomBytesPerId);
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
let poolOffset = pool.length;
let lastMs = 0;
let sequence = 0;

/**
 * Makes a UUID of version 7 (RFC 9562): 48 bits of Unix time in milliseconds, 12 bits of a counter that keeps ids
 * of one process in order within a millisecond, 62 random bits. Randomness is drawn for 256 ids at a time, since
 * the call into the kernel costs more than all the rest.
 */
export function newEventId(nowMs: number = Date.now()): string {
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const first = poolOffset;
  poolOffset += randomBytesPerId;

  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = pool.readUInt16BE(first) & 0x7ff; // the upper half stays free for counting on
  } else {
    sequence += 1;
    if (sequence > 0xfff) {
      lastMs += 1;
      sequence = 0;
    }
  }

  const timeHigh = Math.floor(lastMs / 0x10000); // 32 bits, those that bit operations can hold; 16 are left
  const variant = 0x80 | ((pool[first + 2] ?? 0) & 0x3f);
  return (
    `${hex(timeHigh >>> 24)}${hex(timeHigh >>> 16)}${hex(timeHigh >>> 8)}${hex(timeHigh)}-` +
    `${hex((lastMs % 0x10000) >>> 8)}${hex(lastMs % 0x10000)}-${hex(0x70 | (sequence >>> 8))}${hex(sequence)}-` +
    `${hex(variant)}${randomHex(first + 3)}-${randomHex(first + 4)}${randomHex(first + 5)}${randomHex(first + 6)}` +
    `${randomHex(first + 7)}${randomHex(first + 8)}${randomHex(first + 9)}`
  );
}

/** The lowest 8 bits as two digits. */
function hex(bits: number): string {
  return hexOfByte[bits & 0xff] ?? '';
}

function randomHex(offset: number): string {
  return hex(pool[offset] ?? 0);
}

/** The moment an event id was made, in milliseconds of Unix time: the first 48 bits of a UUID of version 7. */
export function eventIdTimeMs(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}
