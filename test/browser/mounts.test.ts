import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { serveDashboard } from '../../src/dashboard/serveDashboard.js';
import { openShop, orderEvent, type Shop } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

let browser: Browser;
let shop: Shop;
beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  await shop.startWorker();
  await shop.capture([orderEvent(1), { ...orderEvent(2), eventType: 'bad_order' }]);
  await shop.delivered();
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});

it('works below a path: pages, assets, links, reloads', async () => {
  const served = await serveDashboard({ ...shop.databases.given, basePath: '/ops/waybill', port: 0 });
  onTestFinished(() => served.stop());
  const page = await watchedPage(browser);
  await page.goto(served.url);
  await page.getByRole('link', { name: /Quarantined/ }).click();
  await page.waitForURL(`${served.url}quarantine`);
  await page.getByRole('link', { name: 'bad_order' }).first().click();
  await page.waitForURL(/\/ops\/waybill\/quarantine\/[\da-f-]{36}$/);
  await page.reload();
  await page.getByText('VIOLATED_CONSTRAINT').first().waitFor();
  await page.getByRole('link', { name: 'Events' }).click();
  await page.waitForURL(`${served.url}events`);
  await page.locator('table[aria-label="Events"] tbody tr').first().waitFor();
});

it('offers a viewer nothing that only an operator may do', async () => {
  const password = 'a long enough password of a viewer';
  const served = await serveDashboard({
    ...shop.databases.given,
    port: 0,
    users: [{ name: 'vera', password, role: 'viewer' }],
  });
  onTestFinished(() => served.stop());
  const page = await watchedPage(browser, { httpCredentials: { username: 'vera', password } });
  await page.goto(`${served.url}quarantine`);
  await page.getByText('vera', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'bad_order' }).first().waitFor();
  expect(await page.getByRole('button', { name: /Release|Drop/ }).count()).toBe(0);
  await page.goto(`${served.url}tasks`);
  await page.getByRole('region', { name: 'process_events', exact: true }).waitFor();
  expect(await page.getByRole('button', { name: /Run now|Pause/ }).count()).toBe(0);
});
