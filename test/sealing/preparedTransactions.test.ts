import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type EmbeddedPostgres } from '@waybill/embedded';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migratePostgres } from '../../src/migration/postgresMigrations.js';
import { closeOutbox, openOutbox, type Outbox } from '../../src/outbox/database.js';
import { chosenPostgres } from '../support/chosenPostgres.js';
import { sealBatch } from '../support/sealBatch.js';
import { replaceInSealBatch } from './alteredSealBatch.js';
import { compareSealed, insertEvents, nothingWrong, sealTheRest } from './sealing.js';

// The engines that all tests share refuse PREPARE TRANSACTION, as Postgres does by default, and cannot be restarted.
let dataDir: string;
let postgres: EmbeddedPostgres;
let outbox: Outbox;
let databases = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waybill-prepared-'));
  postgres = await start();
});
afterAll(async () => {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  databases += 1;
  await withClient(postgres.url, (client) => client.query(`CREATE DATABASE prepared_${String(databases)}`));
  outbox = open();
  await migratePostgres(outbox, 1_000_000);
});
afterEach(async () => {
  await closeOutbox(outbox);
});

function start(): Promise<EmbeddedPostgres> {
  const settings = { max_prepared_transactions: '10', fsync: 'off' };
  return startPostgres({ ...chosenPostgres(), dataDir, settings });
}

function open(): Outbox {
  const databaseUrl = postgres.url.replace(/[^/]+$/, `prepared_${String(databases)}`);
  return openOutbox({ databaseUrl, schema: 'waybill', connectionsMax: 10 });
}

async function restart(): Promise<void> {
  await closeOutbox(outbox);
  await postgres.stop();
  postgres = await start();
  outbox = open();
}

async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Opens a transaction that has inserted one event. */
async function insertInOpenTransaction(): Promise<{ client: pg.PoolClient; id: string }> {
  const client = await outbox.pool.connect();
  await client.query('BEGIN');
  const [id = ''] = await insertEvents(client, 1);
  return { client, id };
}

async function prepare(client: pg.PoolClient): Promise<void> {
  await client.query(`PREPARE TRANSACTION 'two phases'`);
  client.release();
}

/** Seals a later event, which records who may still fill the hole below it, and then calls on. */
async function sealAround(calls = 1): Promise<void> {
  await insertEvents(outbox.pool, 1);
  for (let call = 0; call < calls; call += 1) await sealBatch(outbox, 10, true);
}

async function commitPrepared(): Promise<void> {
  await outbox.pool.query(`COMMIT PREPARED 'two phases'`);
  await sealTheRest(outbox);
}

/** Nothing but the transactions that were recorded, under the name that they had then, is waited for. */
async function removePreparedClause(): Promise<void> {
  await replaceInSealBatch(outbox, [[/ OR lock\.pid IS NULL AND /, ' OR false AND ']]);
}

describe('an event of a prepared transaction', () => {
  it('is sealed when it was prepared before the hole was seen', async () => {
    const { client } = await insertInOpenTransaction();
    await prepare(client);
    await sealAround(3);
    await commitPrepared();
    expect(await compareSealed(outbox)).toEqual(nothingWrong);
  });

  it('is sealed when it is prepared after the hole was seen', async () => {
    const { client } = await insertInOpenTransaction();
    await sealAround();
    await prepare(client);
    await sealAround(3);
    await commitPrepared();
    expect(await compareSealed(outbox)).toEqual(nothingWrong);
  });

  it('is sealed when Postgres restarts between, and the transaction was prepared after the hole was seen', async () => {
    const { client } = await insertInOpenTransaction();
    await sealAround();
    await prepare(client);
    await restart();
    await sealAround(3);
    await commitPrepared();
    expect(await compareSealed(outbox)).toEqual(nothingWrong);
  });

  it('is sealed when Postgres restarts between, and the transaction was prepared before the hole was seen', async () => {
    const { client } = await insertInOpenTransaction();
    await prepare(client);
    await sealAround();
    await restart();
    await sealAround(3);
    await commitPrepared();
    expect(await compareSealed(outbox)).toEqual(nothingWrong);
  });

  it('is sealed when Postgres restarted before the hole was seen', async () => {
    const { client } = await insertInOpenTransaction();
    await prepare(client);
    await restart();
    await sealAround(3);
    await commitPrepared();
    expect(await compareSealed(outbox)).toEqual(nothingWrong);
  });

  it('is lost over a restart when prepared transactions are told by their old name alone', async () => {
    await removePreparedClause();
    const { client, id } = await insertInOpenTransaction();
    await sealAround();
    await prepare(client);
    await restart();
    await sealAround(3);
    await commitPrepared();
    expect(await compareSealed(outbox)).toEqual({ ...nothingWrong, lost: [id] });
  });

  it('does not exist once it is rolled back, and its hole closes', async () => {
    const { client } = await insertInOpenTransaction();
    await prepare(client);
    await sealAround(3);
    await outbox.pool.query(`ROLLBACK PREPARED 'two phases'`);
    await sealTheRest(outbox);
    expect(await compareSealed(outbox)).toEqual(nothingWrong);
    const { rows } = await outbox.pool.query('SELECT sealed_below, sealed_above FROM waybill.seal_cursor');
    expect(rows).toEqual([{ sealed_below: '3', sealed_above: '{}' }]);
  });
});

describe('holes of others', () => {
  it('close although some other transaction stays prepared', async () => {
    const { client } = await insertInOpenTransaction();
    await sealAround();
    await client.query('ROLLBACK');
    client.release();

    const later = await insertInOpenTransaction();
    await prepare(later.client);
    await sealAround(2);
    const { rows } = await outbox.pool.query('SELECT sealed_below > 1 AS closed FROM waybill.seal_cursor');
    expect(rows).toEqual([{ closed: true }]);
    await commitPrepared();
    expect(await compareSealed(outbox)).toEqual(nothingWrong);
  });
});
