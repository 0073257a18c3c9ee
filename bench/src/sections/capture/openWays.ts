import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type PgBoss from 'pg-boss';
import { getDisabledLogger, initializeMessageStorage } from 'pg-transactional-outbox';
import { UseCase, type LogEvent } from 'waybill';
import { pgTransactions } from 'waybill/pg';
import {
  environment,
  eventType,
  insertOrder,
  metadataVersion,
  subjectOf,
  type OrderPlaced,
  type OrderRequest,
} from './orders.js';
import { pgBossQueue } from './tables.js';
import type { CaptureWayName } from './ways.js';

/** Places one order in one transaction, and stores the event that tells of it in this way. */
export type PlaceOrder = (request: OrderRequest) => Promise<void>;

type StoreEvent = (client: PoolClient, placed: OrderPlaced, request: OrderRequest) => Promise<unknown>;

/** All ways on the same connections, so that none has warmer ones than another. */
export function openWays(pool: Pool, boss: PgBoss): Readonly<Record<CaptureWayName, PlaceOrder>> {
  const by =
    (storeEvent: StoreEvent): PlaceOrder =>
    (request) =>
      inTransaction(pool, async (client) => {
        const placed = await insertOrder(client, request);
        await storeEvent(client, placed, request);
      });
  const storeByHand = insertByHand('hand_outbox');
  return {
    none: (request) => inTransaction(pool, (client) => insertOrder(client, request)),
    hand: by(storeByHand),
    handAgain: by(storeByHand),
    handPartitioned: by(insertByHand('waybill.event')),
    waybill: openWaybill(pool),
    statusRow: by(insertByHand('status_outbox')),
    pgTransactionalOutbox: by(storeInPgTransactionalOutbox()),
    pgBoss: by(sendToPgBoss(boss)),
  };
}

/** The transaction as everybody writes it. */
async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

function insertByHand(table: string): StoreEvent {
  const text = `
    INSERT INTO ${table}
      (event_id, event_type, event_date_time, environment, event_context, metadata_version, subject, traceparent)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;
  return (client, placed, { traceparent }) =>
    client.query(text, [
      randomUUID(),
      eventType,
      new Date(),
      environment,
      JSON.stringify(placed),
      metadataVersion,
      subjectOf(placed),
      traceparent,
    ]);
}

interface Placed {
  readonly placed: OrderPlaced;
  readonly traceparent: string;
}

class PlaceOrderUseCase extends UseCase<OrderRequest, Placed, PoolClient> {
  protected async perform(request: OrderRequest, client: PoolClient): Promise<Placed> {
    return { placed: await insertOrder(client, request), traceparent: request.traceparent };
  }

  protected override getLogEvent({ placed, traceparent }: Placed): LogEvent {
    return { eventType, eventContext: placed, metadataVersion, subject: subjectOf(placed), traceparent };
  }
}

function openWaybill(pool: Pool): PlaceOrder {
  const useCase = new PlaceOrderUseCase(pgTransactions(pool), { environment });
  return async (request) => {
    await useCase.execute(request);
  };
}

/** README of pg-transactional-outbox 0.5, "Implementing the transactional outbox producer", but not SERIALIZABLE as there. */
function storeInPgTransactionalOutbox(): StoreEvent {
  const store = initializeMessageStorage(
    {
      outboxOrInbox: 'outbox',
      settings: {
        dbSchema: 'public',
        dbTable: 'outbox',
        enableMaxAttemptsProtection: false,
        enablePoisonousMessageProtection: false,
      },
    },
    getDisabledLogger(),
  );
  return (client, placed, { traceparent }) =>
    store(
      {
        id: randomUUID(),
        aggregateType: 'order',
        aggregateId: placed.orderId,
        messageType: eventType,
        payload: placed,
        metadata: { environment, metadataVersion, traceparent },
        createdAt: new Date().toISOString(),
      },
      client,
    );
}

/** Documentation of pg-boss 10, `send()`: its option `db` puts the job in the caller's transaction. */
function sendToPgBoss(boss: PgBoss): StoreEvent {
  return (client, placed, { traceparent }) =>
    boss.send(
      pgBossQueue,
      {
        eventId: randomUUID(),
        eventType,
        eventDateTime: new Date().toISOString(),
        environment,
        eventContext: placed,
        metadataVersion,
        subject: subjectOf(placed),
        traceparent,
      },
      { db: { executeSql: (text, values) => client.query(text, values) } },
    );
}
