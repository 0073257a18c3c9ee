import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { scheduleTask } from '../../src/outbox/scheduleTask.js';
import { serveDashboard } from '../../src/dashboard/serveDashboard.js';
import { startProxy } from '../support/proxy.js';
import { startPostgresProxy } from '../support/proxy/postgresProxy.js';
import { openShop, orderEvent } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** The browser itself reports requests that a server answers with an error, or not at all. */
const allowed = /Failed to load resource/;

async function noSpinner(page: Page): Promise<void> {
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}

describe('while ClickHouse is down', () => {
  it('the overview says so in one sentence, events are found in the outbox, and all comes back', async () => {
    const proxy = await startProxy(inject('clickhouseUrl'));
    onTestFinished(() => proxy.close());
    const shop = await openShop({ clickhouseUrl: proxy.url });
    onTestFinished(() => shop.close());
    await shop.capture(Array.from({ length: 5 }, (_, index) => orderEvent(index + 1)));
    await proxy.refuse();

    const page = await watchedPage(browser, { allowed });
    await page.goto(shop.url);
    await page.getByRole('link', { name: 'ClickHouse does not answer' }).waitFor();
    await page.getByRole('region', { name: 'State' }).getByText('ClickHouse').first().waitFor();
    expect(await page.getByRole('link', { name: /Awaiting delivery/ }).textContent()).toContain('5');

    await page.getByRole('link', { name: /Awaiting delivery/ }).click();
    await page.locator('table[aria-label="Events"] tbody tr').nth(4).waitFor();
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('status').filter({ hasText: 'ClickHouse' }).first().waitFor();
    await page.getByRole('link', { name: 'Doctor' }).click();
    await page.getByText('CLICKHOUSE_UNREACHABLE').waitFor();

    await proxy.accept();
    await page.getByText('CLICKHOUSE_ANSWERS').waitFor({ timeout: 40_000 });
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('link', { name: 'ClickHouse answers' }).waitFor();
  });
});

describe('while nothing starts a task', () => {
  it('it is overdue, and its page leads to what to do for the engine that should start it', async () => {
    const shop = await openShop();
    onTestFinished(() => shop.close());
    const { outbox, pool } = shop.databases;
    await scheduleTask(outbox, { name: 'process_events', intervalMs: 600_000, engine: 'bullmq' });
    await pool.query(`UPDATE waybill.task SET next_due_at = next_due_at - interval '2 hours'`);

    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/tasks`);
    const task = page.getByRole('region', { name: 'process_events', exact: true });
    await task.getByText(/overdue by .*: nothing has started it/).waitFor();
    await task.getByRole('link', { name: 'What to do' }).click();
    await page.getByText('no job of BullMQ has started it').waitFor();
    await page.getByText('Redis cannot be reached, the queue is paused, or no worker is running').waitFor();
  });
});

describe('while Postgres is down', () => {
  it('no page spins for ever: each says what fails, and all comes back', async () => {
    const shop = await openShop();
    onTestFinished(() => shop.close());
    const proxy = await startPostgresProxy(shop.databases.databaseUrl);
    onTestFinished(() => proxy.close());
    const behind = await serveDashboard({ ...shop.databases.given, databaseUrl: proxy.url, port: 0 });
    onTestFinished(() => behind.stop());
    const url = behind.url.replace(/\/$/, '');

    const page = await watchedPage(browser, { allowed });
    await page.goto(`${url}/batches`);
    await page.getByText('No batch yet').waitFor();
    await proxy.refuse();
    // What was there stays, and is called stale.
    await page.getByText('What you see is from').waitFor({ timeout: 40_000 });
    await page.getByText('No batch yet').waitFor();

    for (const path of ['/', '/batches', '/events', '/quarantine', '/tasks', '/doctor', '/actions']) {
      await page.goto(url + path);
      await page.locator('h1').waitFor();
      await noSpinner(page);
      await page
        .getByText(/Postgres/)
        .first()
        .waitFor();
    }
    await proxy.accept();
    await page.goto(`${url}/`);
    await page.getByRole('link', { name: 'Postgres answers' }).waitFor({ timeout: 40_000 });
  });
});

describe('while the dashboard itself is down', () => {
  it('the page says since when, asks ever slower, and goes on by itself', async () => {
    const shop = await openShop();
    onTestFinished(() => shop.close());
    const page = await watchedPage(browser, { allowed });
    await page.goto(`${shop.url}/tasks`);
    await page.getByText('No worker has ever started').waitFor();
    await page.context().setOffline(true);
    await page
      .getByRole('alert')
      .getByText('The server cannot be reached')
      .or(page.getByText('What you see is from'))
      .first()
      .waitFor();
    await page.getByText('Is the process that serves this dashboard running?').first().waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('What you see is from').waitFor({ state: 'detached' });
  });
});
