import type pg from 'pg';
import { captureEvents } from '../../src/capture/captureEvents.js';
import type { LogEvent } from '../../src/event/logEvent.js';
import type { Random } from '../sealing/seededRandom.js';

/**
 * The business change of these tests: a row of a table that knows nothing of Waybill, for each event, in the event's
 * transaction. So it holds just what was committed, even where nobody has heard the answer to a COMMIT.
 */
export async function createLedger(pool: pg.Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE ledger (
      event_id uuid NOT NULL, event_type text NOT NULL, event_date_time text NOT NULL, environment text NOT NULL,
      event_context text NOT NULL, metadata_version integer NOT NULL, subject text, traceparent text
    )`);
}

/** Captures events and writes them into the ledger, in one transaction. */
export async function transact(
  pool: pg.Pool,
  events: readonly ChaosEvent[],
  how: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
): Promise<void> {
  const client = await pool.connect();
  let ended = false;
  try {
    await client.query('BEGIN');
    const ids = await captureEvents(client, events);
    await client.query(
      `INSERT INTO ledger
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[])`,
      [
        ids,
        events.map((event) => event.eventType),
        events.map((event) => event.eventDateTime.toISOString().replace('T', ' ').replace('Z', '000')),
        events.map((event) => event.environment),
        events.map((event) => JSON.stringify(event.eventContext)),
        events.map((event) => event.metadataVersion),
        events.map((event) => event.subject ?? null),
        events.map((event) => event.traceparent ?? null),
      ],
    );
    await client.query(how);
    ended = true;
  } finally {
    client.release(!ended);
  }
}

export type ChaosEvent = LogEvent &
  Required<Pick<LogEvent, 'eventType' | 'eventContext' | 'environment'>> & {
    readonly eventDateTime: Date;
    readonly metadataVersion: number;
  };

/** What COPY and TabSeparated escape, and what they must leave alone. */
const awkwardTexts = [
  'plain',
  'a\tb\nc\rd',
  'back\\slash \\N',
  'Zürich – 東京 🚚',
  'quote \' and " and `',
  '\u0001',
];

/** An event of any kind, its time in one of the last so many months. */
export function anyEvent(random: Random, months = 1, textLengthMax = 1_200): ChaosEvent {
  const text = awkwardTexts[random.integer(0, awkwardTexts.length - 1)] ?? '';
  const daysBack = 31 * random.integer(0, months - 1);
  return {
    eventType: `type_${String(random.integer(1, 5))}`,
    eventContext: {
      text: text.repeat(random.integer(0, textLengthMax / 10)),
      number: random.integer(0, 1e9),
    },
    eventDateTime: new Date(Date.UTC(2026, 5, 15) - daysBack * 86_400_000 + random.integer(0, 3_600_000)),
    environment: 'chaos',
    metadataVersion: random.integer(1, 3),
    ...(random.integer(0, 1) === 0 ? {} : { subject: `subject:${text}` }),
    ...(random.integer(0, 3) > 0 ? {} : { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` }),
  };
}

export function manyEvents(
  random: Random,
  count: number,
  months?: number,
  textLengthMax?: number,
): ChaosEvent[] {
  return Array.from({ length: count }, () => anyEvent(random, months, textLengthMax));
}
