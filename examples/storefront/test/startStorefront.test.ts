import { startStorefront } from '@waybill/example-storefront';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabases, type TestDatabases } from '../../../test/support/databases.js';
import { waitUntil } from '../../../test/support/waitUntil.js';

let databases: TestDatabases;

beforeEach(async () => {
  databases = await createDatabases();
});

afterEach(() => databases.drop());

it('serves on loopback, and may start beside another on the same database', async () => {
  const { databaseUrl } = databases;
  const shops = await Promise.all([
    startStorefront({ databaseUrl, port: 0 }),
    startStorefront({ databaseUrl, port: 0 }),
  ]);
  for (const shop of shops) {
    expect(shop.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${shop.url}/health`)).status).toBe(200);
  }
  await Promise.all(shops.map((shop) => shop.stop()));
});

it('answers the request that is under way when it is stopped, and takes no other', async () => {
  const { databaseUrl, pool } = databases;
  const shop = await startStorefront({ databaseUrl, port: 0 });
  const blocker = await pool.connect();
  await blocker.query('BEGIN; LOCK TABLE storefront.customers IN EXCLUSIVE MODE');
  const answer = fetch(`${shop.url}/customers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.org', name: 'Ada', creditLimitCents: 0 }),
  });
  await waitUntil('the request waits for the lock', async () => {
    const { rowCount } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'storefront' AND wait_event_type = 'Lock'`,
    );
    return rowCount === 1;
  });

  const stopped = Promise.all([shop.stop(), shop.stop()]);
  await expect(fetch(`${shop.url}/health`)).rejects.toThrow();
  await blocker.query('COMMIT');
  blocker.release();
  expect((await answer).status).toBe(201);
  await stopped;
});
