import { ClickHouseError } from '@clickhouse/client';
import { messageOf } from '../waybillError.js';

/** What a failed insert means for the batch. See ARCHITECTURE, "What an attempt can end in". */
export interface InsertFailure {
  readonly outcome: 'unknown' | 'unavailable' | 'misconfigured' | 'rejected';
  /** ClickHouse's code with its name (`252 TOO_MANY_PARTS`), or the code of the network's error (`ECONNREFUSED`). */
  readonly code: string;
  readonly text: string;
}

/** Nothing of the batch can be stored until somebody changes the table, the rights or the options. */
const misconfigured = new Set([
  '16', // NO_SUCH_COLUMN_IN_TABLE
  '47', // UNKNOWN_IDENTIFIER
  '48', // NOT_IMPLEMENTED, such as an insert into a view
  '60', // UNKNOWN_TABLE
  '62', // SYNTAX_ERROR
  '81', // UNKNOWN_DATABASE
  '115', // UNKNOWN_SETTING
  '164', // READONLY: the user's profile forbids inserts or settings
  '192', // UNKNOWN_USER
  '193', // WRONG_PASSWORD
  '194', // REQUIRED_PASSWORD
  '195', // IP_ADDRESS_NOT_ALLOWED
  '452', // SETTING_CONSTRAINT_VIOLATION
  '497', // ACCESS_DENIED
  '516', // AUTHENTICATION_FAILED
]);

/** The data of some row; sent again it is refused again. */
const rejected = new Set([
  '6', // CANNOT_PARSE_TEXT
  '25', // CANNOT_PARSE_ESCAPE_SEQUENCE
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '53', // TYPE_MISMATCH
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '131', // TOO_LARGE_STRING_SIZE
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '349', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  '376', // CANNOT_PARSE_UUID
  '395', // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, as a materialized view on the table may use it
  '407', // DECIMAL_OVERFLOW
  '467', // CANNOT_PARSE_BOOL
  '469', // VIOLATED_CONSTRAINT
  '675', // CANNOT_PARSE_IPV4
  '676', // CANNOT_PARSE_IPV6
]);

/** ClickHouse itself cannot tell whether the rows were stored. */
const unknown = new Set([
  '3', // UNEXPECTED_END_OF_FILE: the body was cut between two chunks
  '33', // CANNOT_READ_ALL_DATA: the body ended early, as ours does when it is destroyed
  '159', // TIMEOUT_EXCEEDED
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '236', // ABORTED
  '319', // UNKNOWN_STATUS_OF_INSERT
  '394', // QUERY_WAS_CANCELLED
]);

/** The request never reached a server. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * Tells what an error of `insertBatch` means. The one place where ClickHouse's codes are judged.
 *
 * A code that stands in no list counts as `unavailable`: the batch is kept and tried again, which is right for every
 * passing trouble (too many parts, memory, read-only, Keeper) and loses nothing for any other. Without a code of
 * ClickHouse (a reset, a timeout, the answer of a proxy) nobody knows: `unknown`.
 */
export function classifyInsertError(error: unknown): InsertFailure {
  if (error instanceof ClickHouseError) {
    const code = `${error.code} ${error.type ?? ''}`.trim();
    return { outcome: outcomeOfCode(error.code), code, text: error.message };
  }
  const text = messageOf(error);
  const networkCode = findNetworkCode(error);
  if (networkCode === undefined) return { outcome: 'unknown', code: 'NO_ANSWER', text };
  return { outcome: neverSent.has(networkCode) ? 'unavailable' : 'unknown', code: networkCode, text };
}

function outcomeOfCode(code: string): InsertFailure['outcome'] {
  if (misconfigured.has(code)) return 'misconfigured';
  if (rejected.has(code)) return 'rejected';
  return unknown.has(code) ? 'unknown' : 'unavailable';
}

/** Connecting to a name with several addresses fails with an AggregateError that holds the code of each. */
function findNetworkCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return findNetworkCode(error.errors[0]);
  return findNetworkCode(error.cause);
}
