import type pg from 'pg';
import type { LogEvent } from '../../../src/event/logEvent.js';
import type { Finding } from '../finding.js';
import type { NegativeControl } from '../negativeControl.js';
import type { Side } from '../side.js';

const pgTransactions = 'src/capture/pgTransactions.ts';
const logEvent: LogEvent = { eventType: 'order_placed', eventContext: { order: 1 } };

/** A use case whose change is refused when it commits. */
async function refusedAtCommit(side: Side): Promise<Finding> {
  const { product, databases } = side;
  await databases.pool.query(`
    CREATE TABLE customer (id integer PRIMARY KEY);
    CREATE TABLE orders (customer integer REFERENCES customer DEFERRABLE INITIALLY DEFERRED)`);
  class PlaceOrder extends product.UseCase<number, number, pg.PoolClient> {
    protected async perform(customer: number, tx: pg.PoolClient): Promise<number> {
      await tx.query('INSERT INTO orders VALUES ($1)', [customer]);
      return customer;
    }
    protected override getLogEvent(): LogEvent {
      return logEvent;
    }
  }
  const placed = await succeeds(new PlaceOrder(product.pgTransactions(databases.pool)).execute(7));
  if (placed) throw new Error('An order of a customer who does not exist was committed.');
  await side.deliverAll();
  return side.finding([]);
}

/** An application that swallows the error of a statement, and is told that its transaction is committed, or not. */
async function swallowedError(side: Side): Promise<Finding> {
  const { product, databases } = side;
  let captured: string[] = [];
  const committed = await succeeds(
    product.pgTransactions(databases.pool).run(async (tx) => {
      captured = await product.captureEvents(tx, [logEvent]);
      await succeeds(tx.query('SELECT 1 / 0'));
    }),
  );
  await side.deliverAll();
  return side.finding(committed ? captured : []);
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** What is stored with the business change. */
export const captureControls: readonly NegativeControl[] = [
  {
    name: 'events are stored in the transaction of the change',
    switchedOff: 'they are stored by another connection',
    edits: [
      {
        file: pgTransactions,
        text: 'toCapture: (tx): CaptureTransaction => tx',
        replacement: 'toCapture: () => pool',
      },
    ],
    story: 'a use case is refused when it commits',
    expected: 'phantom',
    scenario: refusedAtCommit,
  },
  {
    name: 'a COMMIT that rolled back is an error',
    switchedOff: 'what COMMIT answers is not looked at',
    edits: [
      {
        file: pgTransactions,
        text: "if (command !== 'COMMIT') throw rolledBackError();",
        replacement: 'void command;',
      },
    ],
    story:
      'an application swallows the error of a statement and goes on; what it was told is committed counts',
    expected: 'lost',
    scenario: swallowedError,
  },
];
