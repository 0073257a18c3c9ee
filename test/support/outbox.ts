import { expect, onTestFinished } from 'vitest';
import {
  compare,
  createDatabases,
  deliveredEventIds,
  type TestDatabases,
  type TestDatabasesOptions,
} from './databases.js';
import { startProxy, type Proxy } from './proxy.js';

/** Databases that go at the end of the test. */
export async function testDatabases(options: TestDatabasesOptions = {}): Promise<TestDatabases> {
  const databases = await createDatabases(options);
  onTestFinished(() => databases.drop());
  return databases;
}

/** A proxy in front of a ClickHouse that goes at the end of the test. */
export async function testProxy(clickhouseUrl: string): Promise<Proxy> {
  const proxy = await startProxy(clickhouseUrl);
  onTestFinished(() => proxy.close());
  return proxy;
}

export interface SeedOptions {
  /** When the events were captured, by their ids. Default: now. */
  readonly capturedAt?: Date;
  /** Bytes of each context, about. Default: 30. */
  readonly contextBytes?: number;
  /** The time of the first event. Default: now. */
  readonly firstEventTime?: Date;
  /** From one event to the next, in hours. Default: 0. */
  readonly hoursApart?: number;
}

/** Commits events in one statement, much faster than one by one through the API. Returns their ids. */
export async function seedEvents(
  databases: Pick<TestDatabases, 'pool'>,
  count: number,
  options: SeedOptions = {},
): Promise<string[]> {
  const { rows } = await databases.pool.query<{ event_id: string }>(
    `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     SELECT overlay(
              overlay(md5(random()::text || number) PLACING lpad(to_hex($2::bigint), 12, '0') FROM 1)
              PLACING '7' FROM 13
            )::uuid,
            'seeded', $3::timestamptz + number * $4::double precision * interval '1 hour', 'test',
            json_build_object('number', number, 'text', repeat('x', $5))
     FROM generate_series(0, $1::integer - 1) AS number
     RETURNING event_id`,
    [
      count,
      (options.capturedAt ?? new Date()).getTime(),
      options.firstEventTime ?? new Date(),
      options.hoursApart ?? 0,
      options.contextBytes ?? 0,
    ],
  );
  return rows.map((row) => row.event_id);
}

/** The oracle: what was committed against what ClickHouse holds, by event id, as numbers. */
export async function arrivals(
  databases: Pick<TestDatabases, 'eventLog'>,
  committed: Iterable<string>,
): Promise<{ lost: number; doubled: number; phantom: number }> {
  const { lost, doubled, phantom } = compare(committed, await deliveredEventIds(databases.eventLog));
  return { lost: lost.length, doubled: doubled.length, phantom: phantom.length };
}

/** Every committed event is in ClickHouse once, and nothing else is. */
export const exactlyOnce = { lost: 0, doubled: 0, phantom: 0 };

export async function expectExactlyOnce(
  databases: Pick<TestDatabases, 'eventLog'>,
  committed: Iterable<string>,
): Promise<void> {
  expect(await arrivals(databases, committed)).toEqual(exactlyOnce);
}

export interface BatchRow {
  readonly id: string;
  readonly status: string;
  readonly event_count: number;
  readonly claimed_by: string | null;
  readonly claim_epoch: number;
  readonly claim_expires_at: Date | null;
  readonly attempt_count: number;
  readonly not_before: Date | number;
  readonly cleaned_at: Date | null;
  readonly last_error_code: string | null;
  readonly last_error: string | null;
}

/** All batches in the order in which they were sealed. */
export async function readBatches(databases: Pick<TestDatabases, 'pool'>): Promise<BatchRow[]> {
  const { rows } = await databases.pool.query<BatchRow>(
    `SELECT id, status, event_count, claimed_by, claim_epoch, claim_expires_at, attempt_count, not_before, cleaned_at,
            last_error_code, last_error
     FROM waybill.batch ORDER BY seq`,
  );
  return rows;
}

export interface AttemptRow {
  readonly batch_id: string;
  readonly run_id: string;
  readonly number: number;
  readonly outcome: string;
  readonly rows: string;
  readonly bytes: string;
  readonly error_code: string | null;
  readonly error_text: string | null;
}

/** All attempts in the order in which they were recorded. */
export async function readAttempts(databases: Pick<TestDatabases, 'pool'>): Promise<AttemptRow[]> {
  const { rows } = await databases.pool.query<AttemptRow>(
    `SELECT batch_id, run_id, number, outcome, rows, bytes, error_code, error_text FROM waybill.attempt ORDER BY id`,
  );
  return rows;
}
