import { randomFillSync } from 'node:crypto';

const poolIds = 256;
const randomBytesPerId = 10;
const pool = Buffer.alloc(poolIds * randomBytesPerId);
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
  const random = pool.subarray(poolOffset, poolOffset + randomBytesPerId);
  poolOffset += randomBytesPerId;

  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = random.readUInt16BE(0) & 0x7ff; // the upper half stays free for counting on
  } else {
    sequence += 1;
    if (sequence > 0xfff) {
      lastMs += 1;
      sequence = 0;
    }
  }

  const time = lastMs.toString(16).padStart(12, '0');
  const counter = sequence.toString(16).padStart(3, '0');
  const variant = (((random[2] ?? 0) & 0x3f) | 0x80).toString(16);
  const tail = random.toString('hex', 3, randomBytesPerId);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${variant}${tail.slice(0, 2)}-${tail.slice(2)}`;
}

/** The moment an event id was made, in milliseconds of Unix time: the first 48 bits of a UUID of version 7. */
export function eventIdTimeMs(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}
