import { ClickHouseError } from '@clickhouse/client';

/** What ClickHouse, and what lies on the way to it, answer when something is wrong: as the client throws it. */
export const clickhouseErrors = Object.freeze({
  refusedConnection: networkError('ECONNREFUSED', 'connect ECONNREFUSED'),
  reset: networkError('ECONNRESET', 'socket hang up'),
  timeout: new Error('Timeout error.'),
  aborted: new Error('The user aborted a request.'),
  killed: serverError('394', 'QUERY_WAS_CANCELLED', 'Query was cancelled'),
  noRights: serverError('497', 'ACCESS_DENIED', 'Not enough privileges'),
  memory: serverError('241', 'MEMORY_LIMIT_EXCEEDED', 'Memory limit exceeded'),
  likeRefusal: serverError('6', 'CANNOT_PARSE_TEXT', 'Cannot parse input'),
});

/** Answers of a server, or of a proxy before it, that does not do its work now. */
export const unavailableAnswers: readonly Error[] = Object.freeze([
  new Error('503 Service Unavailable'),
  new Error('500 Internal Server Error'),
  new Error('429 Too Many Requests'),
  clickhouseErrors.memory,
  serverError('252', 'TOO_MANY_PARTS', 'Too many parts'),
  serverError('202', 'TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many simultaneous queries'),
  serverError('242', 'TABLE_IS_READ_ONLY', 'Table is in readonly mode'),
]);

/** @param row where it says at which row of the insert it was, from 1 */
export function valueRefused(row: number | undefined): Error {
  const place = row === undefined ? '' : `: (at row ${String(row)})`;
  return serverError('27', 'CANNOT_PARSE_INPUT_ASSERTION_FAILED', `Cannot parse input${place}`);
}

export const viewRefused = serverError(
  '395',
  'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO',
  'Value is non-zero: while pushing to view log.view',
);

export const postgresErrors = Object.freeze({
  refusedConnection: networkError('ECONNREFUSED', 'connect ECONNREFUSED'),
  reset: new Error('Connection terminated unexpectedly'),
  timeout: new Error('Query read timeout'),
  unavailable: new Error('the database system is starting up'),
  copyFailed: new Error('terminating connection due to administrator command'),
});

function serverError(code: string, type: string, message: string): ClickHouseError {
  return new ClickHouseError({ code, type, message });
}

function networkError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
