import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../support/waitUntil.js';
import { openShop, type Shop } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

let browser: Browser;
let shop: Shop;
beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  await shop.startWorker();
  shop.startTraffic();
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});

/** The first page, compressed, in all: what somebody waits for who opens it the first time. */
const firstPageBytesMax = 250 * 1024;

it('loads the first page in less than 250 KB', async () => {
  const page = await watchedPage(browser);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  const answers = new Map<string, string>();
  session.on('Network.responseReceived', ({ requestId, response }) => answers.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (answers.get(requestId)?.includes('/api/') !== true) bytes += encodedDataLength;
  });
  await page.goto(shop.url, { waitUntil: 'networkidle' });
  await page.locator('.u-legend').nth(1).waitFor();
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(firstPageBytesMax);
});

it('shows what happens while it is visible, without a reload, and nothing jumps', async () => {
  const page = await watchedPage(browser);
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
        shifts.push(entry.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(shop.url);
  const delivered = async (): Promise<number> =>
    Number(
      (
        await page.locator('.tile', { hasText: 'records in 24 hours' }).locator('.tile-value').textContent()
      )?.replaceAll(',', ''),
    );
  await waitUntil('something is delivered', async () => (await delivered()) > 0);
  const before = await delivered();
  await waitUntil('more is delivered', async () => (await delivered()) > before);
  const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
  expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.05);
});

it('asks nothing while it is hidden, and at once when somebody comes back', async () => {
  const page = await watchedPage(browser);
  await page.clock.install();
  await page.goto(shop.url);
  await page.locator('.tile-value').first().waitFor();
  const setVisibility = (state: 'hidden' | 'visible'): Promise<void> =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, state);
  await setVisibility('hidden');
  await page.waitForLoadState('networkidle');
  let asked = 0;
  page.on('request', () => {
    asked += 1;
  });
  await page.clock.fastForward('10:00');
  await page.evaluate(() => document.visibilityState); // whatever was asked for has been told by now
  expect(asked).toBe(0);
  // No time passes by itself, so that it is not the next look in its turn.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000));
  await setVisibility('visible');
  await page.clock.runFor(100);
  await waitUntil('it asks again', () => asked > 0);
});

it('holds still when somebody wants it to', async () => {
  const page = await watchedPage(browser);
  await page.clock.install();
  await page.goto(`${shop.url}/events`);
  await page.locator('table[aria-label="Events"] tbody tr').first().waitFor();
  let asked = 0;
  page.on('request', () => {
    asked += 1;
  });
  await page.clock.fastForward('01:00');
  await waitUntil('it asks while it is live', () => asked > 0);
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByRole('button', { name: 'Held' }).waitFor();
  await page.waitForLoadState('networkidle');
  asked = 0;
  await page.clock.fastForward('10:00');
  await page.evaluate(() => document.visibilityState); // whatever was asked for has been told by now
  expect(asked).toBe(0);
});
