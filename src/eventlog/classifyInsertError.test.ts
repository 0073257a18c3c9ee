import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { classifyInsertError, type InsertFailure } from './classifyInsertError.js';

function clickHouseError(code: number, type: string, message = 'as ClickHouse says'): ClickHouseError {
  return new ClickHouseError({ message, code: String(code), type });
}

function networkError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('an error of ClickHouse', () => {
  it.each<[InsertFailure['outcome'], number, string]>([
    ['misconfigured', 60, 'UNKNOWN_TABLE'],
    ['misconfigured', 81, 'UNKNOWN_DATABASE'],
    ['misconfigured', 16, 'NO_SUCH_COLUMN_IN_TABLE'],
    ['misconfigured', 497, 'ACCESS_DENIED'],
    ['misconfigured', 516, 'AUTHENTICATION_FAILED'],
    ['misconfigured', 115, 'UNKNOWN_SETTING'],
    ['misconfigured', 164, 'READONLY'],
    ['misconfigured', 53, 'TYPE_MISMATCH'],
    ['rejected', 691, 'UNKNOWN_ELEMENT_OF_ENUM'],
    ['rejected', 6, 'CANNOT_PARSE_TEXT'],
    ['rejected', 27, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
    ['rejected', 41, 'CANNOT_PARSE_DATETIME'],
    ['rejected', 117, 'INCORRECT_DATA'],
    ['rejected', 376, 'CANNOT_PARSE_UUID'],
    ['rejected', 395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['rejected', 469, 'VIOLATED_CONSTRAINT'],
    ['unknown', 33, 'CANNOT_READ_ALL_DATA'],
    ['unknown', 159, 'TIMEOUT_EXCEEDED'],
    ['unknown', 209, 'SOCKET_TIMEOUT'],
    ['unknown', 210, 'NETWORK_ERROR'],
    ['unknown', 319, 'UNKNOWN_STATUS_OF_INSERT'],
    ['unknown', 394, 'QUERY_WAS_CANCELLED'],
    ['unavailable', 252, 'TOO_MANY_PARTS'],
    ['unavailable', 241, 'MEMORY_LIMIT_EXCEEDED'],
    ['unavailable', 202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
    ['unavailable', 242, 'TABLE_IS_READ_ONLY'],
    ['unavailable', 243, 'NOT_ENOUGH_SPACE'],
    ['unavailable', 999, 'KEEPER_EXCEPTION'],
    ['unavailable', 12_345, 'SOMETHING_THAT_NOBODY_KNOWS_YET'],
  ])('means %s where it is %i %s', (outcome, code, type) => {
    const text = 'as ClickHouse says (at row 3)';
    expect(classifyInsertError(clickHouseError(code, type, text))).toEqual({
      outcome,
      code: `${String(code)} ${type}`,
      text,
    });
  });

  it('means unavailable where a view on the table failed, whatever its code', () => {
    const text = "Value passed to 'throwIf' function is non-zero: while pushing to view default.seen.";
    expect(classifyInsertError(clickHouseError(395, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO', text))).toEqual({
      outcome: 'unavailable',
      code: '395 FUNCTION_THROW_IF_VALUE_IS_NON_ZERO',
      text,
    });
  });

  it.each([
    ['rejected', `Cannot parse input: expected '\\t' before: 'x': (at row 2)`],
    ['unknown', `Cannot parse input: expected '\\r\\n' at end of stream.`], // of HTTP's chunks, when a connection is cut
  ])('means %s where a value does not parse and its text is: %s', (outcome, text) => {
    const error = clickHouseError(27, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED', text);
    expect(classifyInsertError(error)).toMatchObject({ outcome });
  });

  it('is named by its number alone where ClickHouse gives no name', () => {
    const error = new ClickHouseError({ message: 'no name', code: '60' });
    expect(classifyInsertError(error)).toMatchObject({ outcome: 'misconfigured', code: '60' });
  });
});

describe('an error of the network', () => {
  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:8123'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND clickhouse.invalid'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN clickhouse.invalid'],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH 192.0.2.1:8123'],
    ['ENETUNREACH', 'connect ENETUNREACH 192.0.2.1:8123'],
  ])('means unavailable where nothing was sent: %s', (code, message) => {
    expect(classifyInsertError(networkError(code, message))).toEqual({
      outcome: 'unavailable',
      code,
      text: message,
    });
  });

  it.each([
    ['ECONNRESET', 'socket hang up'],
    ['EPIPE', 'write EPIPE'],
    ['ETIMEDOUT', 'connect ETIMEDOUT 192.0.2.1:8123'],
  ])('means unknown where something may have been sent: %s', (code, message) => {
    expect(classifyInsertError(networkError(code, message))).toEqual({
      outcome: 'unknown',
      code,
      text: message,
    });
  });

  it('is read out of the errors of several addresses', () => {
    const error = new AggregateError([
      networkError('ECONNREFUSED', 'connect ECONNREFUSED ::1:8123'),
      networkError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:8123'),
    ]);
    expect(classifyInsertError(error)).toEqual({
      outcome: 'unavailable',
      code: 'ECONNREFUSED',
      text: 'connect ECONNREFUSED ::1:8123; connect ECONNREFUSED 127.0.0.1:8123',
    });
  });

  it('is read out of the cause of another error', () => {
    const error = new Error('fetch failed', { cause: networkError('ECONNREFUSED', 'connect ECONNREFUSED') });
    expect(classifyInsertError(error)).toEqual({
      outcome: 'unavailable',
      code: 'ECONNREFUSED',
      text: 'fetch failed',
    });
  });
});

describe('any other error', () => {
  it.each<[string, unknown, string]>([
    ['a timeout of the client', new Error('Timeout error.'), 'Timeout error.'],
    ['an abort', new Error('The user aborted a request.'), 'The user aborted a request.'],
    ['the page of a gateway', new Error('<html>Bad Gateway</html>'), '<html>Bad Gateway</html>'],
    ['an error without words', new TypeError(), 'TypeError'],
    ['what is no error', 'thrown text', 'thrown text'],
    ['nothing', undefined, 'undefined'],
  ])('means unknown: %s', (_name, error, text) => {
    expect(classifyInsertError(error)).toEqual({ outcome: 'unknown', code: 'NO_ANSWER', text });
  });
});
