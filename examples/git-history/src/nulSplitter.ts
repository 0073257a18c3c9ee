export interface Field {
  readonly bytes: Buffer;
  /** Length of the field in full; larger than `bytes` when the field was cut. */
  readonly bytesInFull: number;
}

/** Splits a stream of bytes at NULs, in bounded memory: of a longer field the first `fieldBytesMax` are kept. */
export class NulSplitter {
  readonly #fieldBytesMax: number;
  #parts: Buffer[] = [];
  #bytesKept = 0;
  #bytesInFull = 0;

  constructor(fieldBytesMax: number) {
    this.#fieldBytesMax = fieldBytesMax;
  }

  /** Takes the next bytes; returns the fields that end in them. */
  push(chunk: Buffer): Field[] {
    const fields: Field[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      this.#keep(chunk.subarray(start, end));
      fields.push(this.#take());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return fields;
  }

  #keep(part: Buffer): void {
    this.#bytesInFull += part.length;
    const room = this.#fieldBytesMax - this.#bytesKept;
    if (part.length === 0 || room === 0) return;
    const kept = part.subarray(0, room);
    this.#parts.push(kept);
    this.#bytesKept += kept.length;
  }

  #take(): Field {
    const field = { bytes: Buffer.concat(this.#parts), bytesInFull: this.#bytesInFull };
    this.#parts = [];
    this.#bytesKept = 0;
    this.#bytesInFull = 0;
    return field;
  }
}
