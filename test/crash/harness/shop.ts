import type { PoolClient } from 'pg';
import { captureEvents, UseCase, type LogEvent } from 'waybill';
import type { LedgerEvent, LedgerOrder } from './ledger.js';

/** The application's own table: a row says that the transaction which wrote it has committed. */
export const createShop = 'CREATE TABLE shop_order (name text PRIMARY KEY)';

export async function insertOrder(tx: PoolClient, { order }: LedgerOrder): Promise<void> {
  await tx.query('INSERT INTO shop_order (name) VALUES ($1)', [order]);
}

export function logEvents({ events }: LedgerOrder): LogEvent[] {
  return events.map(toLogEvent);
}

function toLogEvent({ subject, eventType, eventTimeMs, context }: LedgerEvent): LogEvent {
  const eventContext: unknown = JSON.parse(context);
  return { subject, eventType, eventContext, eventDateTime: new Date(eventTimeMs), environment: 'crash' };
}

export interface OrderRequest {
  readonly own: LedgerOrder;
  /** Placed inside the same transaction, behind a savepoint. */
  readonly nested?: LedgerOrder;
  /** What fails, after its change was written. */
  readonly failing?: 'own' | 'nested';
}

/** The refusal of a business rule. */
export class OrderRefusedError extends Error {}

export class PlaceOrder extends UseCase<OrderRequest, LedgerOrder, PoolClient> {
  protected async perform({ own, nested, failing }: OrderRequest, tx: PoolClient): Promise<LedgerOrder> {
    await insertOrder(tx, own);
    if (nested !== undefined) {
      const request: OrderRequest = { own: nested, ...(failing === 'nested' ? { failing: 'own' } : {}) };
      await this.execute(request, tx).catch((error: unknown) => {
        if (!(error instanceof OrderRefusedError)) throw error;
      });
    }
    if (failing === 'own') throw new OrderRefusedError('The order was refused.');
    return own;
  }

  protected override getLogEvent(own: LedgerOrder): LogEvent[] {
    return logEvents(own);
  }
}

/** The same without use cases: the application opens the transaction itself. */
export async function placeDirectly(client: PoolClient, own: LedgerOrder): Promise<void> {
  await client.query('BEGIN');
  await insertOrder(client, own);
  await captureEvents(client, logEvents(own));
  await client.query('COMMIT');
}
