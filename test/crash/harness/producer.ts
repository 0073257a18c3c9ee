/**
 * The producing application as a process of its own: places orders in all the ways there are, some of which fail, and
 * writes into its ledger what it means to do and what it was told. Its arguments: the database's URL, the ledger's file.
 */
import { Pool } from 'pg';
import { pgTransactions } from 'waybill/pg';
import { appendEntry, readLedger, type LedgerEvent, type LedgerOrder } from './ledger.js';
import { OrderRefusedError, placeDirectly, PlaceOrder, type OrderRequest } from './shop.js';

/** Each way is gone twice, so that a later pass can be killed as well. */
const roundsOfOrders = 2;
/** More than one statement with rows of values takes. */
const manyEvents = 20;

const [databaseUrl, ledgerFile] = process.argv.slice(2);
if (databaseUrl === undefined || ledgerFile === undefined)
  throw new Error('Give the URL and the ledger file.');

const pool = new Pool({ connectionString: databaseUrl, max: 1 });
const placeOrder = new PlaceOrder(pgTransactions(pool));
const prefix = `order ${String(readLedger(ledgerFile).orders.length)}`;
let orders = 0;

for (let round = 0; round < roundsOfOrders; round += 1) {
  await place({ own: newOrder(1) });
  await place({ own: newOrder(manyEvents) });
  await place({ own: newOrder(1), failing: 'own' });
  await place({ own: newOrder(1), nested: newOrder(2) });
  await place({ own: newOrder(1), nested: newOrder(2), failing: 'nested' });
  await placeByHand(newOrder(3));
}
await pool.end();

function newOrder(eventCount: number): LedgerOrder {
  orders += 1;
  const order = `${prefix}.${String(orders)}`;
  return { order, events: Array.from({ length: eventCount }, (_, index) => newEvent(order, index)) };
}

function newEvent(order: string, index: number): LedgerEvent {
  const context = JSON.stringify({ order, index, note: 'tab\t, line\n and back\\slash' });
  return {
    subject: `${order}#${String(index)}`,
    eventType: 'order_placed',
    eventTimeMs: Date.now(),
    context,
  };
}

async function place(request: OrderRequest): Promise<void> {
  const { own, nested, failing } = request;
  note('intent', nested === undefined ? [own] : [own, nested]);
  try {
    await placeOrder.execute(request);
    note('committed', nested === undefined || failing === 'nested' ? [own] : [own, nested]);
    if (nested !== undefined && failing === 'nested') note('rolledBack', [nested]);
  } catch (error) {
    if (!(error instanceof OrderRefusedError)) throw error;
    note('rolledBack', [own]);
  }
}

async function placeByHand(own: LedgerOrder): Promise<void> {
  note('intent', [own]);
  const client = await pool.connect();
  await placeDirectly(client, own);
  client.release();
  note('committed', [own]);
}

function note(kind: 'intent' | 'committed' | 'rolledBack', noted: readonly LedgerOrder[]): void {
  if (ledgerFile === undefined) return;
  appendEntry(
    ledgerFile,
    kind === 'intent' ? { kind, orders: noted } : { kind, orders: noted.map(({ order }) => order) },
  );
}
