/**
 * Every way in which starting or stopping an engine can fail:
 *
 * - `NO_BINARIES`: this platform has none, or they are not installed.
 * - `BINARIES_UNUSABLE`: they are there and cannot be run.
 * - `NO_UNPRIVILEGED_USER`: started as root, and there is no other user to run Postgres as.
 * - `DATA_DIR_IN_USE`: another engine runs on the directory; the message names it.
 * - `DATA_DIR_UNUSABLE`: the directory cannot be made, read or written.
 * - `DATA_DIR_VERSION`: another major version of Postgres made it.
 * - `PORT_IN_USE`: the port that was asked for is taken.
 * - `INITDB_FAILED`: a new Postgres data directory could not be made.
 * - `ENGINE_DIED`: the engine ended while it was starting; the message carries the end of its log.
 * - `NOT_READY`: the engine did not answer within the deadline, and was stopped.
 * - `STOP_FAILED`: the engine is still there after a stop and a SIGKILL.
 */
export type EmbeddedErrorCode =
  | 'NO_BINARIES'
  | 'BINARIES_UNUSABLE'
  | 'NO_UNPRIVILEGED_USER'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_UNUSABLE'
  | 'DATA_DIR_VERSION'
  | 'PORT_IN_USE'
  | 'INITDB_FAILED'
  | 'ENGINE_DIED'
  | 'NOT_READY'
  | 'STOP_FAILED';

/** The one error of this package. Its message says what happened, what is safe, and what to do next. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError';
  readonly code: EmbeddedErrorCode;

  constructor(code: EmbeddedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
