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
  '8', // THERE_IS_NO_COLUMN
  '10', // NOT_FOUND_COLUMN_IN_BLOCK
  '16', // NO_SUCH_COLUMN_IN_TABLE
  '20', // NUMBER_OF_COLUMNS_DOESNT_MATCH
  '43', // ILLEGAL_TYPE_OF_ARGUMENT
  '44', // ILLEGAL_COLUMN, such as an insert into a MATERIALIZED one
  '47', // UNKNOWN_IDENTIFIER
  '48', // NOT_IMPLEMENTED, such as an insert into a view
  '50', // UNKNOWN_TYPE
  '53', // TYPE_MISMATCH: of types, whatever the data
  '60', // UNKNOWN_TABLE
  '62', // SYNTAX_ERROR
  '81', // UNKNOWN_DATABASE
  '115', // UNKNOWN_SETTING
  '164', // READONLY: the user's profile forbids inserts or settings
  '192', // UNKNOWN_USER
  '193', // WRONG_PASSWORD
  '194', // REQUIRED_PASSWORD
  '195', // IP_ADDRESS_NOT_ALLOWED
  '218', // TABLE_IS_DROPPED
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
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '128', // TOO_LARGE_ARRAY_SIZE
  '130', // CANNOT_READ_ARRAY_FROM_TEXT
  '131', // TOO_LARGE_STRING_SIZE
  '153', // ILLEGAL_DIVISION, in an expression of a column
  '190', // SIZES_OF_ARRAYS_DONT_MATCH
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '349', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  '376', // CANNOT_PARSE_UUID
  '395', // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, in an expression of a column
  '407', // DECIMAL_OVERFLOW
  '427', // CANNOT_COMPILE_REGEXP, in an expression of a column
  '441', // INVALID_PARTITION_VALUE
  '467', // CANNOT_PARSE_BOOL
  '469', // VIOLATED_CONSTRAINT
  '675', // CANNOT_PARSE_IPV4
  '676', // CANNOT_PARSE_IPV6
  '691', // UNKNOWN_ELEMENT_OF_ENUM
]);
/** With this in its text, such a code tells of a body that was cut, between two of HTTP's chunks or within a row. */
const bodyCutText = 'at end of stream';

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
  '735', // QUERY_WAS_CANCELLED_BY_CLIENT
]);

/** ClickHouse has too much to do, or no memory left for more. All of these pass once it is asked for less. */
const overload = new Set([
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '241', // MEMORY_LIMIT_EXCEEDED
  '252', // TOO_MANY_PARTS: merges do not keep up
  '439', // CANNOT_SCHEDULE_TASK
  '745', // SERVER_OVERLOADED
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
    // Not the batch or the table, whatever the code; the table may have stored the rows by then, or not yet.
    const outcome = isFailureOfView(error.message) ? 'unavailable' : outcomeOfError(error);
    return { outcome, code, text: error.message };
  }
  const text = messageOf(error);
  const networkCode = findNetworkCode(error);
  if (networkCode === undefined) return { outcome: 'unknown', code: 'NO_ANSWER', text };
  return { outcome: neverSent.has(networkCode) ? 'unavailable' : 'unknown', code: networkCode, text };
}

/** Tells from the code of an `InsertFailure` whether ClickHouse is to be sent less at the same time. */
export function isOverload(code: string): boolean {
  return overload.has(code.split(' ')[0] ?? '');
}

/** Tells from the text of an error whether a materialized view on the table has failed, and not the table. */
export function isFailureOfView(text: string): boolean {
  return /while pushing to view/i.test(text);
}

function outcomeOfError({ code, message }: ClickHouseError): InsertFailure['outcome'] {
  if (misconfigured.has(code)) return 'misconfigured';
  if (rejected.has(code)) return message.includes(bodyCutText) ? 'unknown' : 'rejected';
  return unknown.has(code) ? 'unknown' : 'unavailable';
}

/** Connecting to a name with several addresses fails with an AggregateError that holds the code of each. */
function findNetworkCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return findNetworkCode(error.errors[0]);
  return findNetworkCode(error.cause);
}
