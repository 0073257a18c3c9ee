import { describe, expect, it } from 'vitest';
import { encodeEvent, InvalidEventError, type EncodedEvent } from './encodeEvent.js';
import { eventIdTimeMs } from './eventId.js';
import { eventLimits, type LogEvent } from './logEvent.js';

const options = { environment: 'test', contextBytesMax: 1_000 };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** `given` stands for what an application without types may hand over. */
function encode(given: unknown, index = 0): EncodedEvent {
  return encodeEvent(given as LogEvent, index, options);
}

/** An event that is right but for what `change` says. */
function encodeWith(change: Readonly<Record<string, unknown>>): EncodedEvent {
  return encode({ eventType: 'order_placed', eventContext: {}, ...change });
}

function errorOf(work: () => unknown): InvalidEventError {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
  throw new Error('The event was accepted.');
}

describe('an event that keeps every rule', () => {
  it('is written as Postgres takes it', () => {
    const before = Date.now();
    const { eventId, ...rest } = encodeWith({
      eventContext: { a: [1, null] },
      eventDateTime: new Date('2024-02-29T12:34:56.789Z'),
      environment: 'production',
      metadataVersion: 3,
      subject: 'order:1',
      traceparent,
    });
    expect(rest).toEqual({
      eventType: 'order_placed',
      eventContext: '{"a":[1,null]}',
      eventDateTime: '2024-02-29T12:34:56.789Z',
      environment: 'production',
      metadataVersion: 3,
      subject: 'order:1',
      traceparent,
    });
    expect(eventIdTimeMs(eventId)).toBeGreaterThanOrEqual(before);
  });

  it('gets the moment of capture, the environment of the options, version 1 and no subject where it says nothing', () => {
    const before = Date.now();
    const encoded = encodeWith({});
    expect(encoded).toMatchObject({
      environment: 'test',
      metadataVersion: 1,
      subject: null,
      traceparent: null,
    });
    expect(Date.parse(encoded.eventDateTime)).toBeGreaterThanOrEqual(before);
  });

  it('may leave optional fields undefined, and then they are as if not given', () => {
    const undefinedFields = {
      eventDateTime: undefined,
      environment: undefined,
      metadataVersion: undefined,
      subject: undefined,
      traceparent: undefined,
    };
    expect(encodeWith(undefinedFields)).toMatchObject({
      environment: 'test',
      metadataVersion: 1,
      subject: null,
    });
  });

  it.each([
    ['the longest type', { eventType: 'é'.repeat(127) + 'x' }],
    ['the longest environment', { environment: 'x'.repeat(eventLimits.environmentBytesMax) }],
    ['an empty subject', { subject: '' }],
    ['the longest subject', { subject: '😀'.repeat(eventLimits.subjectBytesMax / 4) }],
    ['the first moment', { eventDateTime: new Date(eventLimits.eventDateTimeMin) }],
    ['the last moment', { eventDateTime: new Date(eventLimits.eventDateTimeMax) }],
    ['version 0', { metadataVersion: 0 }],
    ['the highest version', { metadataVersion: eventLimits.metadataVersionMax }],
    ['the largest context', { eventContext: 'x'.repeat(options.contextBytesMax - 2) }],
    ['null as its context', { eventContext: null }],
    ['a NUL in its context', { eventContext: '\0' }],
    ['half of a surrogate pair in its context', { eventContext: '\uD800' }],
  ])('may have %s', (_, change) => {
    expect(() => encodeWith(change)).not.toThrow();
  });
});

describe('an event is refused, naming the field,', () => {
  it.each([
    ['without a type', { eventType: undefined }, 'eventType', 'must be a string, not undefined'],
    ['with an empty type', { eventType: '' }, 'eventType', 'is empty'],
    ['with a type that is no string', { eventType: 7 }, 'eventType', 'must be a string, not 7'],
    [
      'with a type of 256 bytes in 128 letters',
      { eventType: 'é'.repeat(128) },
      'eventType',
      'has 256 bytes, 255 are allowed',
    ],
    [
      'with a NUL in its type',
      { eventType: 'a\0' },
      'eventType',
      'contains a NUL, which Postgres cannot store',
    ],
    [
      'with half of a surrogate pair in its type',
      { eventType: '\uD800' },
      'eventType',
      'contains half of a surrogate pair',
    ],
    ['with an empty environment', { environment: '' }, 'environment', 'is empty'],
    [
      'with an environment that is too long',
      { environment: 'x'.repeat(256) },
      'environment',
      'has 256 bytes, 255 are allowed',
    ],
    [
      'with a NUL in its environment',
      { environment: '\0' },
      'environment',
      'contains a NUL, which Postgres cannot store',
    ],
    ['with null as its subject', { subject: null }, 'subject', 'must be a string, not null'],
    [
      'with a subject that is too long',
      { subject: 'x'.repeat(1_025) },
      'subject',
      'has 1,025 bytes, 1,024 are allowed',
    ],
    [
      'with a NUL in its subject',
      { subject: 'order:\0' },
      'subject',
      'contains a NUL, which Postgres cannot store',
    ],
    [
      'with half of a surrogate pair in its subject',
      { subject: '\uDC00x' },
      'subject',
      'contains half of a surrogate pair',
    ],
    [
      'with a time that is no Date',
      { eventDateTime: '2024-01-01' },
      'eventDateTime',
      'must be a Date, not "2024-01-01"',
    ],
    ['with an invalid Date', { eventDateTime: new Date(Number.NaN) }, 'eventDateTime', 'is an invalid Date'],
    [
      'with a time before 1900',
      { eventDateTime: new Date('1899-12-31T23:59:59.999Z') },
      'eventDateTime',
      'is 1899-12-31T23:59:59.999Z; ClickHouse holds 1900-01-01T00:00:00.000Z to 2299-12-31T23:59:59.999Z',
    ],
    [
      'with a time after 2299',
      { eventDateTime: new Date('2300-01-01T00:00:00.000Z') },
      'eventDateTime',
      'is 2300-01-01T00:00:00.000Z; ClickHouse holds 1900-01-01T00:00:00.000Z to 2299-12-31T23:59:59.999Z',
    ],
    [
      'with a negative version',
      { metadataVersion: -1 },
      'metadataVersion',
      'must be a whole number from 0 to 2,147,483,647, not -1',
    ],
    [
      'with a fractional version',
      { metadataVersion: 1.5 },
      'metadataVersion',
      'must be a whole number from 0 to 2,147,483,647, not 1.5',
    ],
    [
      'with a version beyond 31 bits',
      { metadataVersion: 2 ** 31 },
      'metadataVersion',
      'must be a whole number from 0 to 2,147,483,647, not 2147483648',
    ],
    [
      'with a version that is text',
      { metadataVersion: '1' },
      'metadataVersion',
      'must be a whole number from 0 to 2,147,483,647, not "1"',
    ],
    ['without a context', { eventContext: undefined }, 'eventContext', 'is undefined'],
    [
      'with what JSON cannot say in its context',
      { eventContext: { items: [{}, { price: Number.NaN }] } },
      'eventContext.items[1].price',
      'is NaN, which JSON cannot say',
    ],
    [
      'with a context one byte too large',
      { eventContext: 'x'.repeat(999) },
      'eventContext',
      'has 1,001 bytes of JSON, 1,000 are allowed (contextBytesMax)',
    ],
    [
      'with a field that is nearly one',
      { event_type: 'x' },
      'event_type',
      'is not a field of an event (did you mean eventType?)',
    ],
    [
      'with a field of no kind',
      { zzzzzz: 1 },
      'zzzzzz',
      'is not a field of an event (the fields are eventType, eventContext, eventDateTime, environment, metadataVersion, subject, traceparent)',
    ],
  ])('%s', (_, change, field, problem) => {
    const error = errorOf(() => encodeWith(change));
    expect(error).toMatchObject({ code: 'INVALID_EVENT', field, index: 0 });
    expect(error.message).toBe(
      `Event 0 was not captured: ${field} ${problem}. ` +
        'Nothing was sent to the database. Correct the event, or let the error end the transaction.',
    );
  });

  it.each([
    ['null', null, 'null'],
    ['text', 'order_placed', '"order_placed"'],
    ['a list', [], 'an array'],
    ['nothing', undefined, 'undefined'],
    ['a function', () => 1, 'a value of type function'],
  ])('when it is %s', (_, given, shown) => {
    expect(errorOf(() => encode(given))).toMatchObject({ field: 'event' });
    expect(errorOf(() => encode(given)).message).toContain(`event must be an object, not ${shown}.`);
  });

  it.each([
    ['of another shape', 'abc'],
    ['of version ff', traceparent.replace('00-', 'ff-')],
    ['in capitals', traceparent.toUpperCase()],
    ['with an all-zero trace id', traceparent.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32))],
    ['with an all-zero parent id', traceparent.replace('b7ad6b7169203331', '0'.repeat(16))],
    ['with a line break at its end', `${traceparent}\n`],
    ['that is no text', 5],
  ])('with a traceparent %s', (_, value) => {
    const error = errorOf(() => encodeWith({ traceparent: value }));
    expect(error.field).toBe('traceparent');
    expect(error.message).toContain('must be a W3C traceparent (00-<32 hex>-<16 hex>-<2 hex>)');
  });

  it('by its position in the list', () => {
    expect(errorOf(() => encode({}, 41))).toMatchObject({ index: 41 });
  });

  it('quoting no more than the beginning of a long text', () => {
    expect(errorOf(() => encodeWith({ traceparent: 'x'.repeat(10_000) })).message.length).toBeLessThan(400);
  });
});
