import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventLimits, captureEvents, type LogEvent } from '../../src/index.js';
import { queryRows, quotedTable } from '../../src/eventlog/client.js';
import { inTransaction } from '../../src/outbox/database.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';

// One pair of databases for all: each test sends events of its own and reads those back by their ids.
let databases: TestDatabases;
beforeAll(async () => {
  databases = await createDatabases();
});
afterAll(async () => {
  await databases.drop();
});

/** Every text of an event as hexadecimal digits of its bytes, since any other notation is itself a way of writing text. */
interface Bytes {
  readonly type: string;
  readonly context: string;
  readonly environment: string;
  readonly subject: string | null;
  readonly traceparent: string | null;
  readonly metadataVersion: number;
  /** Microseconds of Unix time, as text. */
  readonly dateTime: string;
}

function bytesOf(event: LogEvent): Bytes {
  return {
    type: hex(event.eventType),
    context: hex(JSON.stringify(event.eventContext)),
    environment: hex(event.environment ?? 'test'),
    subject: event.subject === undefined ? null : hex(event.subject),
    traceparent: event.traceparent === undefined ? null : hex(event.traceparent),
    metadataVersion: event.metadataVersion ?? 1,
    dateTime: String(BigInt((event.eventDateTime ?? new Date(0)).getTime()) * 1_000n),
  };
}

function hex(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex').toUpperCase();
}

/**
 * Sends events the whole way, captured so many a call and delivered as one batch, and returns what ClickHouse holds of
 * them, in the order given.
 */
async function deliver(events: readonly LogEvent[], eventsPerCall: number): Promise<Bytes[]> {
  const dated = events.map((event) => ({ eventDateTime: new Date(0), ...event }));
  const ids = await inTransaction(databases.outbox, async (tx) => {
    const captured: string[] = [];
    for (let first = 0; first < dated.length; first += eventsPerCall) {
      const call = dated.slice(first, first + eventsPerCall);
      captured.push(...(await captureEvents(tx, call, { environment: 'test' })));
    }
    return captured;
  });
  const report = await databases.service({ partitionQuantity: events.length, concurrency: 1 }).run();
  expect(report).toMatchObject({
    endedBecause: 'drained',
    eventsDelivered: events.length,
    attemptsFailed: 0,
  });
  const rows = await queryRows<Bytes & { readonly id: string }>(
    databases.eventLog,
    `SELECT toString(event_id) AS id, hex(event_type) AS type, hex(event_context) AS context,
            hex(environment) AS environment, hex(subject) AS subject, hex(traceparent) AS traceparent,
            metadata_version AS metadataVersion, toString(toUnixTimestamp64Micro(event_date_time)) AS dateTime
     FROM ${quotedTable(databases.eventLog)}
     WHERE batch_id = (SELECT batch_id FROM ${quotedTable(databases.eventLog)} WHERE event_id = {first: UUID})`,
    { first: ids[0] },
  );
  const byId = new Map(rows.map(({ id, ...bytes }) => [id, bytes]));
  expect(byId.size).toBe(events.length);
  return ids.map((id) => {
    const bytes = byId.get(id);
    if (bytes === undefined) throw new Error(`Event ${id} did not arrive.`);
    return bytes;
  });
}

async function expectUnchanged(events: readonly LogEvent[]): Promise<void> {
  // Few events and many are sent to Postgres in different ways.
  expect(await deliver(events, 5)).toEqual(events.map(bytesOf));
  const many = Array.from({ length: Math.ceil(20 / events.length) }, () => events).flat();
  expect(await deliver(many, many.length)).toEqual(many.map(bytesOf));
}

/** An event with this text wherever an event takes free text. NUL is allowed in the context only. */
function eventOf(text: string): LogEvent {
  const plain = text.replaceAll('\0', '').toWellFormed();
  return {
    eventType: `type ${plain}`,
    environment: `environment ${plain}`,
    subject: plain,
    eventContext: { [text]: text, nested: [text, { [`key ${text}`]: null }] },
  };
}

function codePoints(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index));
}

const oddTexts: readonly string[] = [
  '',
  ' ',
  '\\',
  '\\\\',
  '\\N',
  '\\.',
  '\\n',
  '\\t',
  '\\x41',
  '\\u0041',
  '\\101',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\n\\.\n',
  'ends with a backslash\\',
  '\\\t\\\n\\',
  "'",
  '"',
  `'"'"`,
  '`',
  'NULL',
  'null',
  'ᴺᵁᴸᴸ',
  '{}',
  '<!-- -->',
  '%s %d',
  '$1 $$ $tag$',
  '\u2028',
  '\u2029',
  '\uFEFF',
  '\uFEFFafter a byte order mark',
  '\uFFFD',
  '\uFFFE\uFFFF',
  'Z̶̨͕a̴l̷g̵o̶',
  '👩‍👩‍👧‍👦',
  '\u{10FFFF}',
  '漢字 かな עברית العربية',
  ...codePoints(0x01, 0x1f),
  ...codePoints(0x7f, 0x9f),
];

describe('text on its way through capture, COPY and ClickHouse', () => {
  it('keeps every control character, escape and quote byte for byte', async () => {
    const embedded = oddTexts.flatMap((text) => [text, `before${text}after`, `${text}${text}`]);
    await expectUnchanged(embedded.map(eventOf));
  });

  it('keeps arbitrary Unicode byte for byte', async () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 300, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(texts, (list) => expectUnchanged(list.map(eventOf))),
      { seed: 1, numRuns: 4, endOnFailure: true },
    );
  });

  it('keeps arbitrary JSON as JSON.stringify writes it', async () => {
    const values = fc.array(
      fc.jsonValue({ depthSize: 'medium', stringUnit: 'binary', noUnicodeString: false }),
      {
        minLength: 300,
        maxLength: 300,
      },
    );
    await fc.assert(
      fc.asyncProperty(values, (list) =>
        expectUnchanged(list.map((eventContext) => ({ eventType: 'json', eventContext }))),
      ),
      { seed: 2, numRuns: 4, endOnFailure: true },
    );
  });

  it('keeps what only a context may hold: NUL and half of a surrogate pair, both escaped', async () => {
    const texts = ['\0', 'a\0b', '\0\0', '\uD800', '\uDFFF', 'a\uD83D', '\uDE00b', '\uDE00\uD83D'];
    const events = texts.map((text) => ({ eventType: 'escaped', eventContext: { [text]: text } }));
    expect(JSON.stringify(events[0]?.eventContext)).toBe('{"\\u0000":"\\u0000"}');
    await expectUnchanged(events);
  });

  it('keeps JSON of every shape: bare values, numbers at the ends, deep nesting, odd and doubled keys', async () => {
    const deep = (levels: number): unknown => (levels === 1 ? [] : [deep(levels - 1)]);
    const contexts: unknown[] = [
      ...[null, true, false, '', 'text', 0, -0, 1e308, -1e308, 1.7976931348623157e308, 5e-324, 2 ** 53 + 2],
      ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1 + 0.2, 1e21, 1e-7, 123456789012345680000],
      ...[
        [],
        {},
        [[]],
        [{}],
        { '': {} },
        { __proto__x: 1, constructor: 2, 'a.b': 3, 'a\nb': 4, '1': 5, '0': 6 },
      ],
      ...[deep(eventLimits.contextDepthMax), new Date(0), { at: new Date('2024-02-29T12:00:00.5Z') }],
      ...[{ left: undefined, kept: 1 }, Array.from({ length: 5_000 }, (_, index) => index)],
    ];
    await expectUnchanged(contexts.map((eventContext) => ({ eventType: 'shape', eventContext })));
  });

  it('tells no subject, an empty subject and a subject that reads like NULL apart', async () => {
    const subjects = [undefined, '', '\\N', 'NULL', 'null', '\\\\N', ' '];
    const events = subjects.map((subject) => ({ eventType: 'subject', eventContext: {}, subject }));
    await expectUnchanged(events);
    expect((await deliver(events, 5)).map(({ subject }) => subject).slice(0, 3)).toEqual([null, '', '5C4E']);
  });

  it('keeps dates at both ends of what is allowed, before 1970 and on leap days', async () => {
    const dates = [
      ...[eventLimits.eventDateTimeMin, '1900-01-01T00:00:00.001Z', '1900-02-28T23:59:59.999Z'],
      ...['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z'],
      ...['1964-02-29T00:00:00.000Z', '2000-02-29T23:59:59.999Z', '2024-02-29T12:34:56.789Z'],
      ...['2038-01-19T03:14:08.000Z', '2106-02-07T06:28:16.000Z', '2262-04-11T23:47:16.855Z'],
      ...['2296-02-29T00:00:00.000Z', eventLimits.eventDateTimeMax],
    ];
    await expectUnchanged(
      dates.map((date) => ({ eventType: 'date', eventContext: {}, eventDateTime: new Date(date) })),
    );
  });

  it('keeps any date between them, to the millisecond', async () => {
    const dates = fc.sample(
      fc.date({
        min: new Date(eventLimits.eventDateTimeMin),
        max: new Date(eventLimits.eventDateTimeMax),
        noInvalidDate: true,
      }),
      { seed: 3, numRuns: 100 },
    );
    await expectUnchanged(
      dates.map((eventDateTime) => ({ eventType: 'date', eventContext: {}, eventDateTime })),
    );
  });

  it('keeps the other fields at their limits', async () => {
    const longest = (bytes: number): string => 'é'.repeat(bytes / 2) + 'x'.repeat(bytes % 2);
    await expectUnchanged([
      {
        eventType: longest(eventLimits.eventTypeBytesMax),
        environment: longest(eventLimits.environmentBytesMax),
        subject: longest(eventLimits.subjectBytesMax),
        metadataVersion: eventLimits.metadataVersionMax,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        eventContext: {},
      },
      { eventType: 'x', environment: 'x', subject: '', metadataVersion: 0, eventContext: 0 },
    ]);
  });

  it('keeps a context of exactly the largest size, whatever it is made of', async () => {
    const fill = (unit: string): string => {
      const room = eventLimits.contextBytesMax - 2; // the quotes around the text
      const unitBytes = Buffer.byteLength(JSON.stringify(unit)) - 2;
      return unit.repeat(Math.floor(room / unitBytes)) + 'x'.repeat(room % unitBytes);
    };
    const contexts = ['x', '\n', '\\', '"', 'é', '漢', '😀', '\u0001'].map(fill);
    for (const context of contexts) {
      expect(Buffer.byteLength(JSON.stringify(context))).toBe(eventLimits.contextBytesMax);
    }
    await expectUnchanged(contexts.map((eventContext) => ({ eventType: 'large', eventContext })));
  });
});
