import { createClient, type ClickHouseClient } from '@clickhouse/client';
import {
  DatabaseSetup,
  getDisabledLogger,
  initializePollingMessageListener,
  type DatabasePollingSetupConfig,
  type PollingListenerConfig,
  type TransactionalMessage,
} from 'pg-transactional-outbox';
import type { PoolConfig } from 'pg';
import { recordsQuery } from '../backlog.js';
import type { BacklogTable, Contender, DrainResult, DrainSetup } from './contender.js';
import { serveDrains } from './serveDrains.js';

/** The set-up of the library's own tools: its table, its indexes, its function. */
const database: DatabasePollingSetupConfig = {
  outboxOrInbox: 'outbox',
  database: 'postgres',
  schema: 'public',
  table: 'outbox',
  listenerRole: 'postgres',
  nextMessagesName: 'next_outbox_messages',
};

const messages: BacklogTable = {
  name: 'pg_transactional_outbox',
  table: 'outbox',
  async prepare(_setup, pool) {
    await pool.query(DatabaseSetup.dropAndCreateTable(database));
    await pool.query(DatabaseSetup.setupPollingIndexes(database));
    await pool.query(DatabaseSetup.createPollingFunction(database));
  },
  fill: (first, last) => `
    INSERT INTO outbox (id, aggregate_type, aggregate_id, message_type, concurrency, payload, metadata, created_at)
    SELECT event_id, 'order', subject, event_type, 'parallel', event_context::jsonb,
           jsonb_build_object('event_date_time', event_date_time, 'environment', environment,
                              'metadata_version', metadata_version, 'traceparent', traceparent),
           event_date_time
    FROM (${recordsQuery(first, last)}) AS record`,
};

/**
 * The npm package pg-transactional-outbox with its polling listener, as its README sets it up, its handler inserting into
 * ClickHouse. The library hands over one message at a time, each in a transaction of its own on a connection of
 * its pool, so it has no batches of the size that the others are asked for. Everything else is chosen in its
 * favour: messages that may go in parallel, many in a poll, and handlers that wait at the same time share one insert.
 */
export const pgTransactionalOutbox: Contender = {
  name: 'pgTransactionalOutbox',
  title: 'pg-transactional-outbox 0.5.7, one by one',
  module: new URL(import.meta.url),
  memoryOf: 'process',
  backlog: messages,
  warmUpRows: 500,
  oneDrainOnly: true,
};

/**
 * Each poll sorts all that waits, so many messages a poll are faster than few: with 200,000 waiting, 100 a poll came to 125 rows
 * a second and 1,000 to 600. More connections than the pool's ten help, too.
 */
const messagesPerPoll = 1_000;
const connectionsMax = 50;
/** A message whose row was locked by a poll just then is tried again after that. */
const lockMs = 10_000;
/** Mostly a second; longer where a message has to be tried again, and then it is left for later. */
const warmUpMs = 5_000;

export const serve = serveDrains((setup) => {
  const clickhouse = createClient({ url: setup.clickhouseUrl });
  return Promise.resolve({
    drain: ({ firstId, lastId, limitMs, isWarmUp }) =>
      listen(setup, clickhouse, {
        rows: lastId - firstId + 1,
        limitMs: isWarmUp ? warmUpMs : limitMs,
      }),
    close: () => clickhouse.close(),
  });
});

/** Listens until so many messages were delivered or the time is over. The listener has no end of its own. */
async function listen(
  setup: DrainSetup,
  clickhouse: ClickHouseClient,
  until: { readonly rows: number; readonly limitMs: number },
): Promise<DrainResult> {
  const config: PollingListenerConfig = {
    outboxOrInbox: 'outbox',
    dbListenerConfig: { connectionString: setup.databaseUrl, max: connectionsMax } as PoolConfig, // it makes pools of it
    settings: {
      dbSchema: database.schema,
      dbTable: database.table,
      enableMaxAttemptsProtection: false,
      enablePoisonousMessageProtection: false,
      nextMessagesFunctionName: database.nextMessagesName,
      nextMessagesBatchSize: messagesPerPoll,
      nextMessagesLockInMs: lockMs,
      nextMessagesPollingIntervalInMs: 10,
    },
  };
  const inserts = new SharedInserts(clickhouse, setup.clickhouseTable);
  const startMs = performance.now();
  const [shutdown] = initializePollingMessageListener(
    config,
    { handle: (message) => inserts.insert(message) },
    getDisabledLogger(),
    // Its default starts with as many polls for a single message.
    { batchSizeStrategy: () => Promise.resolve(messagesPerPoll) },
  );
  await inserts.reach(until.rows, until.limitMs);
  const elapsedMs = performance.now() - startMs;
  // With messages under way the listener cannot be shut down: those that wait for a connection fail, and take the process along.
  // They are left waiting; they end with the process.
  if (inserts.rows === until.rows) await shutdown();
  return { rows: inserts.rows, batches: inserts.batches, elapsedMs };
}

/** Inserts the messages whose handlers wait at the same time with one statement, one after the other. */
class SharedInserts {
  rows = 0;
  batches = 0;
  readonly #clickhouse: ClickHouseClient;
  readonly #table: string;
  #waiting: { readonly message: TransactionalMessage; readonly stored: () => void }[] = [];
  #inserting: Promise<void> | undefined;
  #closed = false;
  #onProgress: () => void = () => undefined;
  #failure: unknown;

  constructor(clickhouse: ClickHouseClient, table: string) {
    this.#clickhouse = clickhouse;
    this.#table = table;
  }

  /** Resolves when the message is stored; never once this is closed. */
  insert(message: TransactionalMessage): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ message, stored: resolve });
      this.#inserting ??= this.#insertWaiting();
    });
  }

  /** Waits until so many rows are stored or the time is over; takes no more then. */
  async reach(rows: number, limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#onProgress = () => {
        if (this.rows < rows && this.#failure === undefined) return;
        clearTimeout(timer);
        resolve();
      };
      this.#onProgress();
    });
    this.#closed = true;
    await this.#inserting;
    if (this.#failure !== undefined) throw new Error('The insert failed.', { cause: this.#failure });
  }

  async #insertWaiting(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const taken = this.#waiting;
      this.#waiting = [];
      try {
        await this.#insert(taken.map(({ message }) => message));
      } catch (error) {
        this.#failure = error;
        this.#onProgress();
        break;
      }
      for (const { stored } of taken) stored();
      this.rows += taken.length;
      this.batches += 1;
      this.#onProgress();
    }
    this.#inserting = undefined;
  }

  async #insert(messages: readonly TransactionalMessage[]): Promise<void> {
    await this.#clickhouse.insert({
      table: this.#table,
      values: messages.map((message) => ({
        ...message.metadata,
        event_id: message.id,
        event_type: message.messageType,
        event_context: message.payload,
        subject: message.aggregateId,
      })),
      format: 'JSONEachRow',
      clickhouse_settings: { date_time_input_format: 'best_effort', async_insert: 0 },
    });
  }
}
