import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inClickHouse } from '../support/clickhouse.js';
import { waitUntil } from '../support/waitUntil.js';
import { openShop, orderEvent, type Shop } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

let browser: Browser;
let shop: Shop;

beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  await shop.startWorker();
  const bad = Array.from({ length: 6 }, (_, index) => ({ ...orderEvent(index + 1), eventType: 'bad_order' }));
  await shop.capture([...bad, { ...orderEvent(7), eventType: 'bad_payment' }]);
  await shop.delivered();
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});

async function number(query: string): Promise<number> {
  const { rows } = await shop.databases.pool.query<{ number: string }>(query);
  return Number(rows[0]?.number);
}

const quarantined = (): Promise<number> =>
  number(`SELECT count(*) AS number FROM waybill.batch WHERE status = 'QUARANTINED'`);

async function lastAction(): Promise<unknown> {
  const { rows } = await shop.databases.pool.query<object>(
    'SELECT action, performed_by, reason, event_count FROM waybill.operator_action ORDER BY id DESC LIMIT 1',
  );
  return rows[0];
}

/** The dialog is confirmed with a reason; the focus is where it was before. */
async function confirm(page: Page, action: string | RegExp, reason?: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  if (reason !== undefined) await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: action }).click();
  await dialog.waitFor({ state: 'detached' });
}

const told = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByRole('status').filter({ hasText: text }).first().waitFor({ state: 'attached' });

describe('quarantine', () => {
  it('drops one event, with a reason, and tells who did it', async () => {
    const page = await watchedPage(browser, { allowed: /status of 404/ });
    await page.goto(`${shop.url}/quarantine?eventType=bad_payment`);
    await page.getByRole('link', { name: 'bad_payment' }).first().click();
    await page.getByRole('button', { name: 'Drop' }).click();
    // Without a reason nothing can be dropped.
    expect(await page.getByRole('button', { name: 'Drop 1 event' }).isDisabled()).toBe(true);
    await confirm(page, 'Drop 1 event', 'a test order');
    await told(page, 'Dropped 1 event for good.');
    expect(await quarantined()).toBe(6);
    expect(await lastAction()).toEqual({
      action: 'drop',
      performed_by: 'local',
      reason: 'a test order',
      event_count: '1',
    });
  });

  it('releases some that were chosen, after the table is mended, and they are delivered', async () => {
    await inClickHouse(shop.databases, 'ALTER TABLE DB.event_log DROP CONSTRAINT no_bad');
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/quarantine`);
    const boxes = page.getByRole('checkbox', { name: /Choose the event/ });
    await boxes.nth(1).check();
    await boxes.nth(0).check();
    await page.getByRole('button', { name: 'Release 2 chosen' }).click();
    await confirm(page, 'Release 2 events', 'table mended');
    await told(page, 'Released 2 events. A run was asked for.');
    await waitUntil('four are left', async () => (await quarantined()) === 4);
    await page.getByText('4 of 4, oldest first').waitFor();
  });

  it('releases all that match, with their number to confirm, and the focus stays', async () => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/quarantine`);
    await page.getByRole('button', { name: /bad_order/ }).click();
    await page.getByRole('button', { name: 'Release all 4 that match' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await waitUntil('the focus is back', () =>
      page
        .getByRole('button', { name: 'Release all 4 that match' })
        .evaluate((button) => button === document.activeElement),
    );
    await page.keyboard.press('Enter');
    await confirm(page, 'Release 4 events');
    await told(page, 'Released 4 events.');
    await page
      .getByText('Nothing is quarantined', { exact: true })
      .or(page.getByText('None is quarantined'))
      .first()
      .waitFor();
    await shop.delivered();
    expect(await quarantined()).toBe(0);
  });
});

describe('tasks', () => {
  it('are paused, run while paused, with a working time, and resumed', async () => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/tasks`);
    const task = page.getByRole('region', { name: 'process_events', exact: true });
    await task.getByRole('button', { name: 'Pause' }).click();
    await confirm(page, 'Pause', 'maintenance');
    await told(page, 'process_events is paused.');
    await task.getByText('Paused', { exact: true }).waitFor();
    await waitUntil(
      'the run under way is through',
      async () =>
        (await number(
          `SELECT count(*) AS number FROM waybill.task WHERE name = 'process_events' AND claimed_by IS NOT NULL`,
        )) === 0,
    );

    await shop.capture([orderEvent(100)]);
    await task.getByRole('button', { name: 'Run now' }).click();
    await page.getByLabel('Working time').selectOption('10000');
    await confirm(page, 'Run now');
    await told(page, 'A run of process_events was asked for.');
    await shop.delivered();

    await task.getByRole('button', { name: 'Resume' }).click();
    await confirm(page, 'Resume');
    await told(page, 'process_events is resumed.');
    expect(await lastAction()).toMatchObject({ action: 'resume', performed_by: 'local' });

    await page.getByRole('link', { name: 'Actions' }).click();
    await page.getByRole('table', { name: 'Actions' }).getByText('maintenance').waitFor();
  });
});

describe('a batch', () => {
  it('that waits for its next attempt is retried now', async () => {
    const { pool } = shop.databases;
    await pool.query(
      `UPDATE waybill.task SET paused_at = now(), paused_by = 'the test' WHERE name = 'process_events'`,
    );
    await waitUntil(
      'no run is under way',
      async () =>
        (await number(
          `SELECT count(*) AS number FROM waybill.task WHERE name = 'process_events' AND claimed_by IS NOT NULL`,
        )) === 0,
    );
    await shop.capture([orderEvent(200)]);
    const { rows } = await pool.query<{ id: string }>(
      'SELECT batch_id AS id FROM waybill.seal_batch(1, true)',
    );
    const [batch] = rows;
    await pool.query(`UPDATE waybill.batch SET not_before = now() + interval '1 hour' WHERE id = $1`, [
      batch?.id,
    ]);

    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/batches/${batch?.id ?? ''}`);
    await page.getByRole('button', { name: 'Retry now' }).click();
    await confirm(page, 'Retry now', 'ClickHouse is back');
    await told(page, 'The batch is due. A run was asked for.');
    await page.getByRole('heading', { level: 1 }).getByText('Delivered').waitFor();
    await page.getByRole('button', { name: 'Retry now' }).waitFor({ state: 'detached' });
    await page.getByRole('table', { name: 'Actions' }).getByText('retry').waitFor();
  });
});
