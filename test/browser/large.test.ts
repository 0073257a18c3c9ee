import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillEventLog, filledBatchId, filledEventId } from '../support/fillEventLog.js';
import { openShop, type Shop } from './support/shop.js';
import { launchBrowser, tooWide, watchedPage } from './support/watchedPage.js';

const batchCount = 100_000;
const perBatch = 10;
const eventCount = batchCount * perBatch;
const typeCount = 20;
/** Far back, where no first page reaches. */
const oldEvent = 765_432;
const oldBatch = Math.floor(oldEvent / perBatch);

/** How long a page may take to show it. */
const patiently = { timeout: 20_000 };

let browser: Browser;
let shop: Shop;

/** A day with a hundred thousand batches of ten events each, which were delivered, and a million events that wait. */
beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  const { databases } = shop;
  const { pool } = databases;
  const end = new Date();
  await fillEventLog(databases, { count: eventCount, end, days: 0.9, typeCount, perBatch });
  await pool.query(
    `INSERT INTO waybill.batch
       (id, event_ids, event_count, first_event_time, last_event_time, oldest_captured_at, sealed_at, status,
        delivered_at, cleaned_at, attempt_count)
     SELECT ('01890a5d-ac96-774b-9000-' || lpad(to_hex(number), 12, '0'))::uuid,
            int8multirange(int8range(-$2::integer * (number + 1), -$2::integer * number)), $2,
            last - interval '0.69984 seconds', last, last, last, 'DELIVERED', last + interval '1 second',
            last + interval '2 seconds', 1 + (number = $3)::integer
     FROM generate_series($1 - 1, 0, -1) AS number
     CROSS JOIN LATERAL (SELECT $4::timestamptz - number * interval '0.7776 seconds' AS last) AS sealed`,
    [batchCount, perBatch, oldBatch, end],
  );
  await pool.query(
    `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
     SELECT gen_random_uuid(), 'waiting', now(), 'production', json_build_object('number', number)
     FROM generate_series(1, $1) AS number`,
    [eventCount],
  );
  await pool.query('VACUUM (ANALYZE) waybill.batch, waybill.event');
}, 180_000);
afterAll(async () => {
  await browser.close();
  await shop.close();
});

const rowsOf = (page: Page, table: string): Locator => page.locator(`table[aria-label="${table}"] tbody tr`);

/** A page of a list is as large as another one, however much there is. */
async function expectBounded(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(4_000);
  expect(await tooWide(page)).toEqual([]);
}

it('the overview counts what waits and what was delivered', async () => {
  const page = await watchedPage(browser);
  await page.goto(shop.url);
  const tile = (label: string): Locator => page.locator('.tile', { hasText: label }).locator('.tile-value');
  await expect.poll(() => tile('Awaiting delivery').textContent(), patiently).toBe('≥ 1,000,000');
  await expect.poll(() => tile('records in 24 hours').textContent(), patiently).toBe('1,000,000');
  await expectBounded(page);
});

it('batches are turned over, sorted and narrowed', async () => {
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/batches`);
  const first = rowsOf(page, 'Batches').first();
  for (let turned = 0; turned < 4; turned += 1) {
    const before = await first.textContent();
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect.poll(() => first.textContent(), patiently).not.toBe(before);
  }
  await expectBounded(page);
  await page.getByRole('button', { name: 'Attempts' }).click();
  await rowsOf(page, 'Batches')
    .locator(`a[href$="${filledBatchId(oldBatch)}"]`)
    .waitFor();
  expect(await first.locator('a').first().getAttribute('href')).toContain(filledBatchId(oldBatch));
  await page.goto(`${shop.url}/batches?sort=oldest`);
  await expect
    .poll(() => first.locator('a').first().getAttribute('href'), patiently)
    .toContain(filledBatchId(batchCount - 1));
});

it('one batch of long ago has its events, though the outbox has none of them', async () => {
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/batches/${filledBatchId(oldBatch)}`);
  await page
    .getByText(`${String(perBatch)} events`)
    .first()
    .waitFor();
  await page
    .locator(`a[href*="${filledEventId(oldEvent)}"]`)
    .first()
    .click();
  await page.getByRole('heading', { level: 1, name: `type_${String(oldEvent % typeCount)}` }).waitFor();
  await page
    .getByText(`order:${String(oldEvent)}`, { exact: true })
    .first()
    .waitFor();
});

it('an event is found among two million, and the list says that it does not look through all that waits', async () => {
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/events`);
  await rowsOf(page, 'Events').first().waitFor();
  await page.getByText(/^at least 1,050,000 events/).waitFor();
  await page.getByText('More events wait in the outbox than are looked through').first().waitFor();
  await expectBounded(page);
  await page.getByLabel('Subject', { exact: true }).fill(`order:${String(oldEvent)}`);
  await page.keyboard.press('Enter');
  await expect.poll(() => rowsOf(page, 'Events').count(), patiently).toBe(1);
  await rowsOf(page, 'Events').getByRole('link').first().click();
  await page.getByRole('heading', { level: 1, name: `type_${String(oldEvent % typeCount)}` }).waitFor();
});

it('pages of events go on without an end, each after the one before', async () => {
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/events?state=delivered&type=type_7`);
  const idsShown = async (): Promise<(string | null)[]> =>
    Promise.all(
      (await rowsOf(page, 'Events').all()).map((row) => row.getByRole('link').first().getAttribute('href')),
    );
  await rowsOf(page, 'Events').first().waitFor();
  const seen = await idsShown();
  for (let turned = 0; turned < 3; turned += 1) {
    const last = seen.at(-1) ?? null;
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect.poll(async () => (await idsShown()).includes(last), patiently).toBe(false);
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
    seen.push(...(await idsShown()));
  }
  const expected = seen.map((_, at) => filledEventId(7 + at * typeCount));
  expect(seen.map((href) => /[\da-f-]{36}/.exec(href ?? '')?.[0])).toEqual(expected);
});
