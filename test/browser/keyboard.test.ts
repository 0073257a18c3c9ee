import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop, orderEvent, type Shop } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

let browser: Browser;
let shop: Shop;
beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  await shop.capture(Array.from({ length: 60 }, (_, index) => orderEvent(index + 1)));
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});

it('goes to every page with g and its letter', async () => {
  const page = await watchedPage(browser);
  await page.goto(shop.url);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  for (const [key, title] of [
    ['b', 'Batches'],
    ['e', 'Events'],
    ['q', 'Quarantine'],
    ['t', 'Tasks and runs'],
    ['d', 'Doctor'],
    ['a', 'Actions'],
    ['o', 'Overview'],
  ] as const) {
    // At once: a g is forgotten soon.
    await Promise.all([page.keyboard.press('g'), page.keyboard.press(key)]);
    await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
    expect(await page.title()).toBe(`${title} · Waybill`);
  }
});

it.each(['/', 'Control+k'])('finds an event by its id with the palette, opened with %s', async (keys) => {
  const { rows } = await shop.databases.pool.query<{ event_id: string }>(
    'SELECT event_id FROM waybill.event LIMIT 1',
  );
  const id = rows[0]?.event_id ?? '';
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/doctor`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press(keys);
  await page.getByRole('combobox', { name: 'Find or go to' }).waitFor();
  await page.keyboard.insertText(id);
  await page.getByRole('option', { name: `Event ${id}` }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`${shop.url}/events/${id}`);
  await page.getByRole('heading', { level: 1, name: /order_/ }).waitFor();
});

it('moves through the rows of a list with j and k, opens one with Enter, and pages with n and p', async () => {
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/events`);
  await page.locator('[data-row-link]').nth(49).waitFor();
  await page.keyboard.press('l'); // held still
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  expect(
    await page.evaluate(() =>
      [...document.querySelectorAll('[data-row-link]')].findIndex((link) => link === document.activeElement),
    ),
  ).toBe(1);
  await page.keyboard.press('n');
  await page.getByText('10 on this page').waitFor();
  await page.keyboard.press('p');
  await page.getByText('50 on this page').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/events\/[\da-f-]{36}/);
});

it('lists its shortcuts with ?, closes with Escape, and gives the focus back', async () => {
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/batches`);
  const link = page.getByRole('link', { name: 'Doctor' });
  await link.focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.textContent.startsWith('Doctor') === true);
  expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
});

it('reaches a filter with f, and letters written there are no shortcuts', async () => {
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/events`);
  await page.getByText('50 on this page').waitFor();
  await page.getByLabel('Subject').focus();
  await page.keyboard.insertText('g');
  await page.keyboard.type('ob?/');
  expect(await page.getByLabel('Subject').inputValue()).toBe('gob?/');
  expect(page.url()).toContain('/events');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('f');
  expect(await page.evaluate(() => document.activeElement?.closest('.filters') !== null)).toBe(true);
});

it('keeps the settings that somebody chose', async () => {
  const page = await watchedPage(browser, { colorScheme: 'light' });
  await page.goto(`${shop.url}/events`);
  await page.getByText('50 on this page').waitFor();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await page.getByRole('menuitemradio', { name: 'Roomy' }).click();
  await page.getByRole('menuitemradio', { name: 'UTC', exact: true }).click();
  await page.reload();
  await page.locator('html[data-mantine-color-scheme="dark"][data-density="roomy"]').waitFor();
  await page.locator('table[aria-label="Events"] time').first().waitFor();
  const shown = await page.locator('table[aria-label="Events"] time').first().textContent();
  const iso = await page.locator('table[aria-label="Events"] time').first().getAttribute('datetime');
  expect(shown).toBe(iso?.slice(0, 19).replace('T', ' '));
});
