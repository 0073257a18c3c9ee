import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DeliveryPorts, EventLogPort } from '../../src/delivery/ports.js';
import { seededRandom } from '../sealing/seededRandom.js';
import { inClickHouse } from '../support/clickhouse.js';
import { testDatabases } from '../support/outbox.js';
import { batchEvents, runCase, type ChaosCase } from './chaosCase.js';
import { createLedger, manyEvents, transact } from './ledger.js';
import { isRight, nothingWrong, readVerdict, type Verdict } from './verdict.js';

const seed = 1;

function wrongSender(change: (eventLog: EventLogPort) => Partial<EventLogPort>) {
  return ({ outbox, eventLog }: DeliveryPorts): DeliveryPorts => ({
    outbox,
    eventLog: { ...eventLog, ...change(eventLog) },
  });
}

const answerDropped: ChaosCase = {
  name: 'its answer dropped',
  spoil: ({ clickhouse }) => [clickhouse.spoilNext('insert', { kind: 'dropAnswer' })],
};

describe('the chaos reports', () => {
  it('a duplicate of a sender that takes a fresh token for each resend and does not count first', async () => {
    let acknowledged = false;
    const careless = wrongSender((eventLog) => ({
      countBatch: () => {
        const events = acknowledged ? batchEvents : 0;
        return Promise.resolve({ rows: events, events });
      },
      insertBatch: async (insert) => {
        const written = await eventLog.insertBatch({ ...insert, deduplicationToken: randomUUID() });
        acknowledged = true;
        return written;
      },
    }));
    const { verdict } = await runCase(answerDropped, seed, careless);
    expect(verdict.doubled).toBeGreaterThanOrEqual(batchEvents);
    expect(isRight(verdict)).toBe(false);
  });

  it('a loss of a sender that takes a reset for a success', async () => {
    const trusting = wrongSender((eventLog) => ({
      countBatch: () => Promise.resolve({ rows: batchEvents, events: batchEvents }),
      insertBatch: (insert) => eventLog.insertBatch(insert).catch(() => insert.eventCount),
    }));
    const reset: ChaosCase = {
      name: 'reset in its body',
      spoil: ({ clickhouse }) => [clickhouse.spoilNext('insert', { kind: 'reset', afterBodyBytes: 30_000 })],
    };
    const { verdict } = await runCase(reset, seed, trusting);
    expect(verdict).toMatchObject({ lost: batchEvents, doubled: 0, phantom: 0 });
  });

  it('a batch that is not delivered, which is lost from sight as well', async () => {
    const failing = wrongSender(() => ({ insertBatch: () => Promise.reject(new Error('never')) }));
    const { verdict } = await runCase({ name: 'no fault', spoil: () => [] }, seed, failing);
    expect(verdict.unsettledBatches).toBeGreaterThan(0);
    expect(isRight(verdict)).toBe(false);
  });

  const changes: [string, string, Partial<Verdict>][] = [
    [
      'a row too few',
      'DELETE FROM DB.event_log WHERE event_id = (SELECT min(event_id) FROM DB.event_log)',
      { lost: 1 },
    ],
    ['a row too many', 'INSERT INTO DB.event_log SELECT * FROM DB.event_log LIMIT 1', { doubled: 1 }],
    [
      'a row that nobody committed',
      'INSERT INTO DB.event_log SELECT * REPLACE (generateUUIDv4() AS event_id) FROM DB.event_log LIMIT 1',
      { phantom: 1 },
    ],
    [
      'a row with another text',
      `ALTER TABLE DB.event_log UPDATE event_context = concat(event_context, ' ')
       WHERE event_id = (SELECT min(event_id) FROM DB.event_log) SETTINGS mutations_sync = 2`,
      { altered: 1 },
    ],
  ];
  it.each(changes)('%s', async (_what, statement, found) => {
    const databases = await testDatabases();
    await createLedger(databases.pool);
    await transact(databases.pool, manyEvents(seededRandom(seed), 100));
    await databases.service().run();
    expect(await readVerdict(databases)).toEqual({ events: 100, ...nothingWrong });
    await inClickHouse(databases, statement);
    expect(await readVerdict(databases)).toMatchObject({ ...nothingWrong, ...found });
  });
});
