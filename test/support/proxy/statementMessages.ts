import { statementKindOf, type StatementKind } from './statementFault.js';

/** Longest part of a statement in which its text is looked for, in bytes. */
const textBytesMax = 4_096;

/**
 * Follows what a client sends to Postgres (protocol 3.0, https://www.postgresql.org/docs/current/protocol.html), to know
 * where statements begin and end. A client of pg sends one at a time, so each begins a piece of its own.
 */
export class StatementMessages {
  /** The first message of a connection has no type. */
  #started = false;
  /** Bytes of the message under way that are still to come. */
  #left = 0;
  /** The head of a message that has come in part. */
  #head = Buffer.alloc(0);
  /** A statement is under way: it ends with the message of this type. */
  #endsWith: 'Q' | 'S' | undefined;
  #ending = false;

  /**
   * @returns the kind of statement that begins with these bytes, if one does, and where in them the present one ends, if
   *   it does
   */
  feed(bytes: Buffer): { readonly begins?: StatementKind; readonly endsAt?: number } {
    const wasUnderWay = this.#endsWith !== undefined;
    let endsAt: number | undefined;
    let begins: StatementKind | undefined;
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        at += taken;
        this.#left -= taken;
      } else {
        const headLength = this.#started ? 5 : 4;
        const taken = bytes.subarray(at, at + headLength - this.#head.length);
        this.#head = Buffer.concat([this.#head, taken]);
        at += taken.length;
        if (this.#head.length < headLength) break;
        const type = this.#started ? String.fromCharCode(this.#head[0] ?? 0) : '';
        this.#left = this.#head.readUInt32BE(headLength - 4) - 4;
        this.#head = Buffer.alloc(0);
        this.#started = true;
        if (this.#endsWith === undefined && (type === 'Q' || type === 'P')) {
          this.#endsWith = type === 'Q' ? 'Q' : 'S';
          begins = statementKindOf(bytes.toString('utf8', at, at + textBytesMax));
        }
        this.#ending = type === this.#endsWith;
      }
      if (this.#left === 0 && this.#ending) {
        this.#ending = false;
        this.#endsWith = undefined;
        endsAt = at;
      }
    }
    if (wasUnderWay) begins = undefined;
    return { ...(begins === undefined ? {} : { begins }), ...(endsAt === undefined ? {} : { endsAt }) };
  }
}
