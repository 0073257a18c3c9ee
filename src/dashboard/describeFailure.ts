import { ClickHouseError } from '@clickhouse/client';
import pg from 'pg';
import { classifyInsertError } from '../eventlog/classifyInsertError.js';
import { isLimitReached } from '../eventlog/readLimits.js';
import { messageOf, WaybillError } from '../waybillError.js';
import { ProblemError } from './problemError.js';

/** Postgres has no such table, column, function or schema. */
const notMigratedStates = new Set(['42P01', '42703', '42883', '3F000']);
const queryCancelled = '57014';
const canFail = 'Nothing was changed; events are captured and kept meanwhile.';

/** What went wrong while Postgres was asked. */
export function describePostgresError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof WaybillError && /^(NOT_MIGRATED|SCHEMA_TOO_NEW|MIGRATION_CHANGED)$/.test(error.code))
    return new ProblemError('NOT_MIGRATED', { detail: error.message, cause: error });
  if (error instanceof pg.DatabaseError) {
    if (error.code === queryCancelled) {
      return new ProblemError('TIMEOUT', {
        detail: 'Postgres did not answer in time, and the question was given up. Nothing was changed.',
        advice:
          'Ask for less: a shorter range of time, or fewer at once. If it stays so, see the page Doctor.',
        cause: error,
      });
    }
    if (notMigratedStates.has(error.code ?? '')) {
      return new ProblemError('NOT_MIGRATED', {
        detail: `The outbox is not there, or of another version: ${error.message}.`,
        advice: 'Run waybill migrate, with the same WAYBILL_SCHEMA as this dashboard.',
        cause: error,
      });
    }
  }
  return new ProblemError('POSTGRES_UNAVAILABLE', {
    detail: `Postgres could not be asked: ${messageOf(error)}. ${canFail}`,
    advice: 'Is the server up, and is DATABASE_URL right? waybill doctor says more.',
    cause: error,
  });
}

/** What went wrong while ClickHouse was asked. */
export function describeClickHouseError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isLimitReached(error)) {
    return new ProblemError('SEARCH_TOO_LARGE', {
      detail: `ClickHouse gave the search up at a limit: ${messageOf(error)}`,
      advice: narrowAdvice,
      cause: error,
    });
  }
  if (error instanceof ClickHouseError && (error.code === '60' || error.code === '81')) {
    return new ProblemError('NOT_MIGRATED', {
      detail: `The event log is not there: ${messageOf(error)}`,
      advice:
        'Run waybill migrate, with the same CLICKHOUSE_DATABASE and CLICKHOUSE_TABLE as this dashboard.',
      cause: error,
    });
  }
  const refused = error instanceof ClickHouseError && classifyInsertError(error).outcome === 'misconfigured';
  return new ProblemError('CLICKHOUSE_UNAVAILABLE', {
    detail: `ClickHouse ${refused ? 'refused the question' : 'could not be asked'}: ${messageOf(error)}. ${canFail}`,
    advice: refused
      ? 'The user of CLICKHOUSE_URL needs SELECT on the event log, and must be allowed to set limits (readonly 0 or 2).'
      : 'Is the server up, and is CLICKHOUSE_URL right? waybill doctor says more.',
    cause: error,
  });
}

export const narrowAdvice =
  'Choose a shorter range of time, a type or a subject; a text or a key in the context makes ClickHouse read every context ' +
  'of the range.';
