import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../support/waitUntil.js';
import { openShop, orderEvent, type Shop } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

let browser: Browser;
let shop: Shop;
const total = 130;
const hourMs = 3_600_000;

/** A hundred events that are delivered, one every ten minutes back in time, and thirty that still wait. */
beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  const now = Date.now();
  await shop.capture(
    Array.from({ length: 100 }, (_, index) => ({
      ...orderEvent(index + 1),
      eventDateTime: new Date(now - index * 600_000),
      ...(index === 98 ? { eventContext: { note: 'eine Überraschung "quoted"' } } : {}),
    })),
  );
  await shop.databases.service({ partitionQuantity: 100 }).run();
  await shop.capture(Array.from({ length: 30 }, (_, index) => orderEvent(index + 101)));
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});

const rows = (page: Page): ReturnType<Page['locator']> => page.locator('table[aria-label="Events"] tbody tr');

async function count(page: Page, number: number): Promise<void> {
  await page.getByText(number === 1 ? '1 event' : `${String(number)} events`, { exact: true }).waitFor();
}

describe('the search for events', () => {
  it('shows what is delivered and what waits in one list, a page at a time', async () => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/events`);
    await count(page, total);
    await page.getByText('50 on this page, newest first').waitFor();
    expect(await rows(page).filter({ hasText: 'Awaiting' }).count()).toBe(30);
    expect(await rows(page).filter({ hasText: 'Delivered' }).count()).toBe(20);
    const first = await rows(page).first().textContent();
    await page.getByRole('button', { name: 'Next page' }).click();
    // The address has the new page before the list does, and a list knows only what comes after itself.
    await rows(page).filter({ hasText: 'Awaiting' }).first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('30 on this page').waitFor();
    await page.goBack();
    await page.goBack();
    await rows(page).filter({ hasText: 'Awaiting' }).first().waitFor();
    expect((await rows(page).first().textContent())?.slice(-60)).toBe(first?.slice(-60));
  });

  it.each([
    ['Subject', 'order:17', 1],
    ['Subject', 'order:1*', 42],
    ['Text in the context', 'ÜBERRASCHUNG "quoted', 1],
    ['key:value in the JSON', 'customer.id:c-7', 13],
    ['key:value in the JSON', 'orderId:120', 1],
    ['Type', 'order_paid', 43],
    ['Environment', 'staging', 0],
    ['Trace', (25).toString(16).padStart(32, '0'), 1],
  ] as const)('finds by %s %s', async (label, value, found) => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/events`);
    await count(page, total);
    await page.getByLabel(label, { exact: true }).fill(value);
    await page.keyboard.press('Enter');
    await count(page, found);
    // The link of the view shows the same to somebody else.
    const other = await watchedPage(browser);
    await other.goto(page.url());
    await count(other, found);
    if (found === 0) await other.getByText('No event matches').waitFor();
  });

  it('refuses a key without a value where it is written, and does not ask for it', async () => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/events`);
    await page.getByLabel('key:value in the JSON').fill('customer');
    await page.keyboard.press('Enter');
    await page.getByText('path:value, such as customer.id:c-1').waitFor();
    expect(page.url()).not.toContain('key=');
  });

  it('narrows the range by a drag over the histogram, and a filter is taken away by its chip', async () => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/events?type=order_placed`);
    await count(page, 87);
    const over = page.locator('.histogram .u-over');
    const box = await over.boundingBox();
    if (box === null) throw new Error('There is no histogram.');
    const y = box.y + box.height / 2;
    // The last six of 24 hours hold 37 times ten minutes, and all that waits.
    await page.mouse.move(box.x + box.width * 0.75, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, y, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=.*to=/);
    const params = new URL(page.url()).searchParams;
    const lengthMs = Date.parse(params.get('to') ?? '') - Date.parse(params.get('from') ?? '');
    expect(lengthMs / hourMs).toBeGreaterThan(3.2);
    expect(lengthMs / hourMs).toBeLessThan(4);
    await page.getByRole('button', { name: /Type.*order_placed/ }).click();
    await page.waitForURL((url) => !url.searchParams.has('type'));
    await waitUntil('the narrow range is counted', async () => {
      const text = await page.locator('.histogram-head .number').textContent();
      return Number(/^(\d+) events/.exec(text ?? '')?.[1]) < 40;
    });
  });

  it.each(['NDJSON', 'CSV'])('exports the whole result as %s', async (format) => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/events?key=customer.id%3Ac-7`);
    await count(page, 13);
    await page.getByRole('button', { name: 'Export' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: format }).click();
    const lines = (await readFile(await (await download).path(), 'utf8')).trim().split(/\r?\n/);
    expect(lines).toHaveLength(format === 'CSV' ? 14 : 13);
    expect(lines.at(-1)).toContain('c-7');
  });

  it('leads to one event, its batch, its trace, and those of the same subject', async () => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/events?subject=order:30`);
    await count(page, 1);
    await rows(page).getByRole('link').first().click();
    await page.getByRole('heading', { level: 1, name: /order_paid/ }).waitFor();
    await page.getByText('1 row', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'order:30' }).click();
    await count(page, 1);
    await page.goBack();
    await page.getByRole('link', { name: (30).toString(16).padStart(32, '0') }).click();
    await count(page, 1);
    await page.goBack();
    await page.locator('a[href*="/batches/"]').click();
    await page.getByRole('heading', { level: 1, name: /^Batch/ }).waitFor();
    await page.getByText('100 events').waitFor();
  });
});
