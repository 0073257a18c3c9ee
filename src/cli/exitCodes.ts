import { InvalidOptionsError } from '../config/options.js';
import type { RunEnd } from '../delivery/runReport.js';
import { WaybillError } from '../waybillError.js';

/** What the commands exit with. Documented in the README and in `waybill --help`. */
export const exitCodes = {
  done: 0,
  /** Something is out of reach or failed. Nothing is lost; the same command may succeed later. */
  failed: 1,
  /** The command line or an option is wrong. */
  usage: 2,
  /** A database is not as Waybill needs it: not migrated, no rights, a table that would double. */
  misconfigured: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof InvalidOptionsError) return exitCodes.usage;
  if (!(error instanceof WaybillError) || error.code === 'ENGINE_DIED') return exitCodes.failed;
  return error.code === 'INVALID_OPTION' ||
    error.code === 'INVALID_OPTIONS' ||
    error.code === 'ENV_FILE_UNREADABLE'
    ? exitCodes.usage
    : exitCodes.misconfigured;
}

export function exitCodeOfRun(end: RunEnd): ExitCode {
  switch (end) {
    case 'drained':
    case 'ttl_over':
    case 'stopped':
      return exitCodes.done;
    case 'retries_exhausted':
    case 'failed':
      return exitCodes.failed;
    case 'misconfigured':
      return exitCodes.misconfigured;
  }
}
