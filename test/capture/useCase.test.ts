import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pgTransactions } from '../../src/capture/pgTransactions.js';
import {
  InvalidEventError,
  UseCase,
  type CaptureOptions,
  type LogEvent,
  type PgTransaction,
} from '../../src/index.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { waitUntil } from '../support/waitUntil.js';

let databases: TestDatabases;
/** One connection, so that one which is not given back is missed at once. */
let pool: pg.Pool;
beforeAll(async () => {
  databases = await createDatabases();
  await databases.pool.query(
    `CREATE TABLE orders (
       id integer PRIMARY KEY,
       customer integer REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED
     )`,
  );
});
afterAll(async () => {
  await databases.drop();
});

// The databases are shared by these tests, the rows are not.
beforeEach(async () => {
  await databases.pool.query('DELETE FROM orders; DELETE FROM waybill.event');
  pool = new pg.Pool({ connectionString: databases.databaseUrl, max: 1, connectionTimeoutMillis: 10_000 });
  pool.on('error', () => undefined); // tests that end a connection say so themselves
});
afterEach(async () => {
  await pool.end();
});

type Perform = (tx: PgTransaction) => Promise<void>;
type Log = (id: number) => LogEvent | readonly LogEvent[] | undefined;

/** Stores an order, then does what the test wants of it. */
class PlaceOrder extends UseCase<number, number> {
  readonly #then: Perform;
  readonly #log: Log;

  constructor(then: Perform = () => Promise.resolve(), log?: Log, options?: CaptureOptions) {
    super(pgTransactions(pool), options);
    this.#then = then;
    this.#log = log ?? ((id): LogEvent => ({ eventType: 'placed', eventContext: {}, subject: String(id) }));
  }

  protected override async perform(id: number, tx: PgTransaction): Promise<number> {
    await tx.query('INSERT INTO orders (id) VALUES ($1)', [id]);
    await this.#then(tx);
    return id;
  }

  protected override getLogEvent(id: number): LogEvent | readonly LogEvent[] | undefined {
    return this.#log(id);
  }
}

/** A use case of the specification's first kind: it has no adapter, so it logs nothing. */
class PlaceOrderSilently extends UseCase<number, number> {
  protected override async perform(id: number, tx: PgTransaction): Promise<number> {
    await tx.query('INSERT INTO orders (id) VALUES ($1)', [id]);
    return id;
  }
}

async function stored(): Promise<{ orders: number[]; events: (string | null)[] }> {
  const orders = await databases.pool.query<{ id: number }>('SELECT id FROM orders ORDER BY id');
  const events = await databases.pool.query<{ subject: string | null }>(
    'SELECT subject FROM waybill.event ORDER BY id',
  );
  return { orders: orders.rows.map(({ id }) => id), events: events.rows.map(({ subject }) => subject) };
}

/** The one connection is back and can be used for another transaction. */
async function expectPoolUsable(): Promise<void> {
  expect({ checkedOut: pool.totalCount - pool.idleCount, waiting: pool.waitingCount }).toEqual({
    checkedOut: 0,
    waiting: 0,
  });
  const { rows } = await pool.query<{ open: boolean }>(
    'SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS open',
  );
  expect(rows).toEqual([{ open: false }]);
}

class Refused extends Error {}
function refuse(): never {
  throw new Refused('the test says no');
}

describe('a use case', () => {
  it('stores the change and its event together, and returns what perform returned', async () => {
    expect(await new PlaceOrder().execute(1)).toBe(1);
    expect(await stored()).toEqual({ orders: [1], events: ['1'] });
    await expectPoolUsable();
  });

  it('stores several events where getLogEvent returns a list, in its order', async () => {
    const list = ['a', 'b', 'c'].map((subject) => ({ eventType: 'part', eventContext: {}, subject }));
    await new PlaceOrder(undefined, () => list).execute(1);
    expect(await stored()).toEqual({ orders: [1], events: ['a', 'b', 'c'] });
  });

  it('logs nothing when it has no getLogEvent', async () => {
    await new PlaceOrderSilently(pgTransactions(pool)).execute(1);
    expect(await stored()).toEqual({ orders: [1], events: [] });
  });

  it.each([
    ['undefined', undefined],
    ['an empty list', []],
  ])('logs nothing when getLogEvent returns %s', async (_, logged) => {
    await new PlaceOrder(undefined, () => logged).execute(1);
    expect(await stored()).toEqual({ orders: [1], events: [] });
    await expectPoolUsable();
  });

  it('sees its own change in perform and logs in the same transaction', async () => {
    let seen: unknown;
    await new PlaceOrder(async (tx) => {
      seen = (await tx.query('SELECT id FROM orders')).rows;
    }).execute(1);
    expect(seen).toEqual([{ id: 1 }]);
    const { rows } = await databases.pool.query(
      'SELECT (SELECT xmin::text FROM orders) = (SELECT xmin::text FROM waybill.event) AS together',
    );
    expect(rows).toEqual([{ together: true }]);
  });
});

describe('a use case that fails stores neither change nor event', () => {
  afterEach(expectPoolUsable);

  it('when perform throws', async () => {
    await expect(new PlaceOrder(refuse).execute(1)).rejects.toThrow(Refused);
    expect(await stored()).toEqual({ orders: [], events: [] });
  });

  it('when getLogEvent throws', async () => {
    await expect(new PlaceOrder(undefined, refuse).execute(1)).rejects.toThrow(Refused);
    expect(await stored()).toEqual({ orders: [], events: [] });
  });

  it('when an event breaks a rule', async () => {
    const invalid = new PlaceOrder(undefined, () => ({ eventType: '', eventContext: {} }));
    await expect(invalid.execute(1)).rejects.toThrow(InvalidEventError);
    expect(await stored()).toEqual({ orders: [], events: [] });
  });

  it('when one of its statements fails', async () => {
    const failing = new PlaceOrder(async (tx) => {
      await tx.query('SELECT 1 / 0');
    });
    await expect(failing.execute(1)).rejects.toMatchObject({ code: '22012' });
    expect(await stored()).toEqual({ orders: [], events: [] });
  });

  it('when the outbox is missing', async () => {
    const elsewhere = new PlaceOrder(undefined, undefined, { schema: 'nowhere' });
    await expect(elsewhere.execute(1)).rejects.toMatchObject({ code: '42P01' });
    expect(await stored()).toEqual({ orders: [], events: [] });
  });

  it('when COMMIT itself fails', async () => {
    const breaksConstraint = new PlaceOrder(async (tx) => {
      await tx.query('INSERT INTO orders VALUES (2, 99)'); // checked at COMMIT
    });
    await expect(breaksConstraint.execute(1)).rejects.toMatchObject({ code: '23503' });
    expect(await stored()).toEqual({ orders: [], events: [] });
  });

  it('when a statement failed and perform swallowed its error', async () => {
    const swallowing = new PlaceOrder(
      async (tx) => {
        await tx.query('SELECT 1 / 0').catch(() => undefined);
      },
      () => undefined,
    );
    await expect(swallowing.execute(1)).rejects.toMatchObject({ code: 'TRANSACTION_ROLLED_BACK' });
    expect(await stored()).toEqual({ orders: [], events: [] });
  });

  it('when its connection is ended by the server', async () => {
    const killed = new PlaceOrder(async (tx) => {
      const { rows } = await tx.query('SELECT pg_backend_pid() AS pid');
      await databases.pool.query('SELECT pg_terminate_backend($1)', [(rows as { pid: number }[])[0]?.pid]);
    });
    await expect(killed.execute(1)).rejects.toThrow();
    await waitUntil('the pool has let go of the dead connection', () => pool.totalCount === 0);
    expect(await stored()).toEqual({ orders: [], events: [] });
  });
});

describe('a use case inside another', () => {
  it('commits with the outer one', async () => {
    const outer = new PlaceOrder(async (tx) => {
      await new PlaceOrder().execute(2, tx);
    });
    await outer.execute(1);
    expect(await stored()).toEqual({ orders: [1, 2], events: ['2', '1'] });
    await expectPoolUsable();
  });

  it('undoes only its own part when it fails and the outer one catches that', async () => {
    const outer = new PlaceOrder(async (tx) => {
      const failing = new PlaceOrder(undefined, () => ({ eventType: '', eventContext: {} }));
      await expect(failing.execute(2, tx)).rejects.toThrow(InvalidEventError);
      await new PlaceOrder().execute(3, tx);
    });
    await outer.execute(1);
    expect(await stored()).toEqual({ orders: [1, 3], events: ['3', '1'] });
  });

  it('undoes only its own part when one of its statements fails', async () => {
    const outer = new PlaceOrder(async (tx) => {
      const failing = new PlaceOrder(async (inner) => {
        await inner.query('SELECT 1 / 0');
      });
      await expect(failing.execute(2, tx)).rejects.toMatchObject({ code: '22012' });
    });
    await outer.execute(1);
    expect(await stored()).toEqual({ orders: [1], events: ['1'] });
  });

  it('leaves no event when it has succeeded and the outer one fails', async () => {
    const outer = new PlaceOrder(async (tx) => {
      await new PlaceOrder().execute(2, tx);
      refuse();
    });
    await expect(outer.execute(1)).rejects.toThrow(Refused);
    expect(await stored()).toEqual({ orders: [], events: [] });
    await expectPoolUsable();
  });

  it('undoes only its own part when one of its statements failed and it swallowed the error', async () => {
    const outer = new PlaceOrder(async (tx) => {
      const swallowing = new PlaceOrder(
        async (inner) => {
          await inner.query('SELECT 1 / 0').catch(() => undefined);
        },
        () => undefined,
      );
      await expect(swallowing.execute(2, tx)).rejects.toMatchObject({ code: '25P02' });
    });
    await outer.execute(1);
    expect(await stored()).toEqual({ orders: [1], events: ['1'] });
  });

  it('nests three deep, each level undone by itself', async () => {
    const outer = new PlaceOrder(async (tx) => {
      const middle = new PlaceOrder(async (inner) => {
        const innermost = new PlaceOrder(refuse);
        await expect(innermost.execute(3, inner)).rejects.toThrow(Refused);
      });
      await middle.execute(2, tx);
    });
    await outer.execute(1);
    expect(await stored()).toEqual({ orders: [1, 2], events: ['2', '1'] });
  });

  it('says that the transaction is lost when its part cannot be undone', async () => {
    const outer = new PlaceOrder(async (tx) => {
      const killed = new PlaceOrder(async (inner) => {
        const { rows } = await inner.query('SELECT pg_backend_pid() AS pid');
        await databases.pool.query('SELECT pg_terminate_backend($1)', [(rows as { pid: number }[])[0]?.pid]);
      });
      await killed.execute(2, tx);
    });
    await expect(outer.execute(1)).rejects.toMatchObject({ code: 'TRANSACTION_LOST' });
    expect(await stored()).toEqual({ orders: [], events: [] });
  });
});
