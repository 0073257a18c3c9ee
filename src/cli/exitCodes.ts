import pg from 'pg';
import { classifyInsertError } from '../eventlog/classifyInsertError.js';
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

/** The command line, an option or the installation is at fault. */
const usageErrors = new Set([
  'INVALID_OPTION',
  'INVALID_OPTIONS',
  'ENV_FILE_UNREADABLE',
  'EMBEDDED_MISSING',
  'ENGINE_NOT_INSTALLED',
]);
/** Something outside of Waybill and its databases is in the way. */
const passingErrors = new Set(['ENGINE_DIED', 'PORT_UNUSABLE']);
/** Postgres refuses for a reason that stays: no rights, no such role, password or database. */
const postgresRefusals = new Set(['42501', '28000', '28P01', '3D000']);

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof WaybillError) {
    if (usageErrors.has(error.code)) return exitCodes.usage;
    return passingErrors.has(error.code) ? exitCodes.failed : exitCodes.misconfigured;
  }
  if (error instanceof pg.DatabaseError) {
    return postgresRefusals.has(error.code ?? '') ? exitCodes.misconfigured : exitCodes.failed;
  }
  return classifyInsertError(error).outcome === 'misconfigured' ? exitCodes.misconfigured : exitCodes.failed;
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
    case 'too_many_rejected':
    case 'misconfigured':
      return exitCodes.misconfigured;
  }
}
