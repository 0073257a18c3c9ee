/** How much of a request's body: bytes as they travel, chunk lengths among them; `all` is its end. */
export type BodyPart =
  | number
  | 'all'
  /** So many bytes after the end of a chunk of HTTP, or before it where negative. Chunk 0 ends where the body begins. */
  | { readonly chunk: number; readonly offset: number };

/** Follows a request's body as it travels, to know where its chunks and the body itself end. */
export class RequestBody {
  /** Bytes so far. */
  #length = 0;
  /** Where the body ends, once that is known. */
  #end: number | undefined;
  /** Where each chunk ends, as far as that is known. */
  readonly #chunkEnds: number[] = [0];
  /** The line with a chunk's length, as far as it has come; undefined where a chunk has no line under way. */
  #line = '';

  constructor(head: string) {
    if (/^transfer-encoding: *chunked/im.test(head)) return;
    this.#end = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  }

  get length(): number {
    return this.#length;
  }

  isWhole(): boolean {
    return this.#end !== undefined && this.#length >= this.#end;
  }

  feed(bytes: Buffer): void {
    const before = this.#length;
    this.#length += bytes.length;
    while (this.#end === undefined) {
      const chunkEnd = this.#chunkEnds.at(-1) ?? 0;
      // The lengths of chunks stand on lines of their own, right behind the chunk before.
      let at = Math.max(before, chunkEnd + this.#line.length);
      while (at < this.#length && !this.#line.endsWith('\n'))
        this.#line += String.fromCharCode(bytes[at++ - before] ?? 0);
      if (!this.#line.endsWith('\n')) return;
      const dataLength = Number.parseInt(this.#line, 16);
      const nextEnd = chunkEnd + this.#line.length + dataLength + 2;
      this.#line = '';
      if (dataLength === 0) this.#end = nextEnd;
      else this.#chunkEnds.push(nextEnd);
    }
  }

  /** Where in the body a part ends; undefined while that is not known. */
  endOf(part: BodyPart): number | undefined {
    if (part === 'all') return this.#end;
    if (typeof part === 'number') return part;
    const chunkEnd = this.#chunkEnds[part.chunk];
    return chunkEnd === undefined ? undefined : chunkEnd + part.offset;
  }
}
