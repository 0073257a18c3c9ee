import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { captureEvents, InvalidEventError, type LogEvent } from '../../src/index.js';
import { eventIdTimeMs } from '../../src/event/eventId.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';

let databases: TestDatabases;
let client: pg.PoolClient;
beforeAll(async () => {
  databases = await createDatabases();
});
afterAll(async () => {
  await databases.drop();
});

// The databases are shared by these tests, the events are not.
beforeEach(async () => {
  await databases.pool.query('DELETE FROM waybill.event');
  client = await databases.pool.connect();
  await client.query('BEGIN');
});
afterEach(() => {
  client.release(true);
});

interface StoredEvent {
  readonly id: string;
  readonly event_id: string;
  readonly event_type: string;
}

/** What others see: committed events, in the order of their ids. */
async function storedEvents(): Promise<StoredEvent[]> {
  const { rows } = await databases.pool.query<StoredEvent>(
    'SELECT id, event_id, event_type FROM waybill.event ORDER BY id',
  );
  return rows;
}

/** The client, with its statements counted. */
function counted(): { readonly tx: Pick<pg.PoolClient, 'query'>; readonly statements: string[] } {
  const statements: string[] = [];
  const query = (text: string, values: unknown[]): Promise<unknown> => {
    statements.push(text);
    return client.query(text, values);
  };
  return { tx: { query } as Pick<pg.PoolClient, 'query'>, statements };
}

function events(count: number): LogEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    eventType: `event_${String(index)}`,
    eventContext: { index },
  }));
}

describe('captureEvents', () => {
  it('stores nothing that others see before the transaction commits, and all of it then', async () => {
    await captureEvents(client, events(3));
    expect(await storedEvents()).toEqual([]);
    await client.query('COMMIT');
    expect(await storedEvents()).toHaveLength(3);
  });

  it('stores nothing when the transaction is rolled back', async () => {
    await captureEvents(client, events(3));
    await client.query('ROLLBACK');
    expect(await storedEvents()).toEqual([]);
  });

  it('returns the id of each event in the order given, and stores the events in that order', async () => {
    const ids = await captureEvents(client, events(50));
    await client.query('COMMIT');
    const stored = await storedEvents();
    expect(stored.map((event) => event.event_id)).toEqual(ids);
    expect(stored.map((event) => event.event_type)).toEqual(events(50).map((event) => event.eventType));
  });

  it('makes ids of version 7 that sort by time, over several calls too', async () => {
    const before = Date.now();
    const ids = [
      ...(await captureEvents(client, events(500))),
      ...(await captureEvents(client, events(500))),
    ];
    expect(new Set(ids).size).toBe(1_000);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(eventIdTimeMs(ids[0] ?? '')).toBeGreaterThanOrEqual(before);
  });

  it.each([1, 2, 8, 9, 100, 20_000])('stores %i events with one statement, in order', async (count) => {
    const { tx, statements } = counted();
    const ids = await captureEvents(tx, events(count));
    expect(statements).toHaveLength(1);
    await client.query('COMMIT');
    expect((await storedEvents()).map((event) => event.event_id)).toEqual(ids);
  });

  it('sends nothing for an empty list', async () => {
    const { tx, statements } = counted();
    expect(await captureEvents(tx, [])).toEqual([]);
    expect(statements).toEqual([]);
  });

  it('sends nothing when one of many events breaks a rule, names it, and leaves the transaction usable', async () => {
    const { tx, statements } = counted();
    const list = [...events(3), { eventType: '', eventContext: {} }];
    const captured = captureEvents(tx, list);
    await expect(captured).rejects.toThrow(InvalidEventError);
    await expect(captured).rejects.toMatchObject({ code: 'INVALID_EVENT', field: 'eventType', index: 3 });
    expect(statements).toEqual([]);
    await captureEvents(client, events(1));
    await client.query('COMMIT');
    expect(await storedEvents()).toHaveLength(1);
  });

  it('refuses a pool, which would store the events apart from the change', async () => {
    // @ts-expect-error a pool does not fit the type either
    await expect(captureEvents(databases.pool, events(1))).rejects.toMatchObject({
      code: 'NOT_A_TRANSACTION',
    });
    expect(await storedEvents()).toEqual([]);
  });

  it('refuses an unknown option and names the nearest one', async () => {
    const misspelled = { contextByteMax: 10 } as object;
    await expect(captureEvents(client, events(1), misspelled)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: 'contextByteMax is not an option of capture (did you mean contextBytesMax?).',
    });
  });

  it('takes the environment of the options for events that name none', async () => {
    const list = [...events(1), { eventType: 'own', eventContext: {}, environment: 'staging' }];
    await captureEvents(client, list, { environment: 'production' });
    const { rows } = await client.query('SELECT environment FROM waybill.event ORDER BY id');
    expect(rows).toEqual([{ environment: 'production' }, { environment: 'staging' }]);
  });
});
