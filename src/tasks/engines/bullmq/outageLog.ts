import type { Logger } from '../../../observe/logger.js';
import { messageOf } from '../../../waybillError.js';

/**
 * Logs that Redis is out of reach once, not at every try, and that it is back.
 *
 * Of an error nothing but its message is logged: those of ioredis carry the command that failed, which for AUTH holds the
 * password.
 */
export class OutageLog {
  readonly #logger: Logger;
  readonly #redis: string;
  #isOut = false;
  #isEnded = false;

  /** @param url of Redis; its place is logged, and neither its user nor its password */
  constructor(logger: Logger, url: string) {
    this.#logger = logger;
    this.#redis = placeOf(url);
  }

  /** The connections are closed on purpose from now on: what BullMQ says to that is for debugging only. */
  ended(): void {
    this.#isEnded = true;
  }

  /** An error of a connection that is lost or could not be made; it is tried again. */
  failed(error: unknown): void {
    const fields = { redis: this.#redis, reason: messageOf(error) };
    if (this.#isOut || this.#isEnded) this.#logger.debug(fields, 'Redis still cannot be reached');
    else this.#logger.warn(fields, 'Redis cannot be reached; no task starts by BullMQ until it can');
    this.#isOut = true;
  }

  answered(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#logger.info({ redis: this.#redis }, 'Redis answers again');
  }

  /** Any other error of BullMQ. */
  told(error: unknown, message: string): void {
    const fields = { redis: this.#redis, reason: messageOf(error) };
    if (this.#isEnded) this.#logger.debug(fields, message);
    else this.#logger.warn(fields, message);
  }
}

function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
