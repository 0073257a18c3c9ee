import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from './support/axe.js';
import { hostileTexts, openShop, orderEvent, type Shop } from './support/shop.js';
import { launchBrowser, tooWide, watchedPage } from './support/watchedPage.js';

let browser: Browser;
let shop: Shop;
let bigEventId: string;
let paths: Readonly<Record<string, string>>;

/** 256 KB, the most that an event may have; and a number that JavaScript would round. */
function bigContext(): Record<string, unknown> {
  const context = {
    list: Array.from({ length: 2000 }, (_, index) => ({ index, text: 'x'.repeat(90) })),
    filler: '',
  };
  return { ...context, filler: 'y'.repeat(262_144 - JSON.stringify(context).length) };
}

beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  await shop.startWorker();
  const hostile = hostileTexts.map((text) => ({
    eventType: text.slice(0, 60),
    subject: text,
    environment: text.slice(0, 60),
    eventContext: { [text]: text, deep: [{ [text]: [text, null, true, 1.5] }] },
  }));
  const bad = hostileTexts.map((text) => ({
    eventType: `bad ${text}`.slice(0, 60),
    subject: text,
    eventContext: { text },
  }));
  [bigEventId = ''] = await shop.capture([{ eventType: 'big', eventContext: bigContext() }]);
  await shop.capture([...hostile, ...bad]);
  await shop.capture(Array.from({ length: 150 }, (_, index) => orderEvent(index + 1)));
  await shop.delivered();
  await shop.runFinished();
  const { pool } = shop.databases;
  await pool.query(
    `INSERT INTO waybill.operator_action (performed_by, action, reason, details) VALUES ($1, 'pause', $1, $2)`,
    [hostileTexts[0], JSON.stringify({ task: hostileTexts[1], [hostileTexts[0] ?? '']: hostileTexts[5] })],
  );
  const idOf = async (query: string): Promise<string> =>
    (await pool.query<{ id: string }>(query)).rows[0]?.id ?? 'none';
  paths = {
    overview: '/',
    batches: '/batches',
    batch: `/batches/${await idOf(`SELECT id FROM waybill.batch WHERE status = 'DELIVERED' LIMIT 1`)}`,
    'split batch': `/batches/${await idOf(`SELECT id FROM waybill.batch WHERE status = 'REPLACED' LIMIT 1`)}`,
    events: '/events',
    event: `/events/${bigEventId}`,
    'hostile event': `/events/${await idOf(`SELECT event_id AS id FROM waybill.event WHERE event_type LIKE '%<script%' AND event_type NOT LIKE 'bad%'`)}`,
    quarantine: '/quarantine',
    'quarantined event': `/quarantine/${await idOf('SELECT event_id AS id FROM waybill.quarantined_event LIMIT 1')}`,
    tasks: '/tasks',
    run: `/runs/${await idOf('SELECT id FROM waybill.run WHERE events_delivered > 0 LIMIT 1')}`,
    doctor: '/doctor',
    actions: '/actions',
  };
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});

const names = [
  'overview',
  'batches',
  'batch',
  'split batch',
  'events',
  'event',
  'hostile event',
  'quarantine',
  'quarantined event',
  'tasks',
  'run',
  'doctor',
  'actions',
];

/** Goes to a page and waits until it has all of its answers. */
async function visit(page: Page, name: string): Promise<void> {
  await page.goto(shop.url + (paths[name] ?? '/nowhere'));
  await page.locator('h1').waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
}

describe.each(names)('the page %s', (name) => {
  it('has nothing that axe finds, in either colour scheme, and fits windows of three widths', async () => {
    const page = await watchedPage(browser, { colorScheme: 'light' });
    await visit(page, name);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
      // The colours are drawn with the next frame.
      await page.evaluate(
        () =>
          new Promise<void>((resolve) => {
            requestAnimationFrame(() => {
              requestAnimationFrame(() => {
                resolve();
              });
            });
          }),
      );
      expect(await axeViolations(page)).toEqual([]);
    }
    for (const width of [1440, 900, 390]) {
      await page.setViewportSize({ width, height: 844 });
      // The window has its new size a moment before the page is laid out for it.
      await expect.poll(() => tooWide(page), { timeout: 3000, message: `at ${String(width)}` }).toEqual([]);
    }
    expect(await page.locator('.state[role="alert"]').count()).toBe(0);
    // What events say makes no element, and nothing makes a <style> element, which the policy would refuse.
    expect(await page.locator('#root img, #root script, #root iframe, style').count()).toBe(0);
  });
});

describe('hostile and foreign texts', () => {
  it('stand in the list of events as they are, each isolated from its neighbours', async () => {
    const page = await watchedPage(browser);
    await page.goto(`${shop.url}/events?subject=${encodeURIComponent(hostileTexts[0] ?? '')}`);
    await page
      .getByRole('table', { name: 'Events' })
      .getByText(hostileTexts[0] ?? '')
      .first()
      .waitFor();
    await page.goto(`${shop.url}/events?subject=${encodeURIComponent('طلب*')}`);
    const cell = page
      .getByRole('table', { name: 'Events' })
      .getByText('طلب جديد ١٢٣', { exact: true })
      .first();
    await cell.waitFor();
    expect(await cell.evaluate((element) => element.tagName)).toBe('BDI');
  });

  it('stand in the tree of one event as they are', async () => {
    const page = await watchedPage(browser);
    await visit(page, 'hostile event');
    const tree = page.getByRole('region', { name: 'Context' });
    await tree.getByText('"><script>alert(2)</script>', { exact: true }).first().waitFor();
  });
});

describe('an event of 256 KB', () => {
  it('unfolds a part at a time', async () => {
    const page = await watchedPage(browser);
    await visit(page, 'event');
    const tree = page.getByRole('region', { name: 'Context' });
    await tree.getByRole('button', { name: /list.*2000 items/ }).click();
    await tree.getByRole('button', { name: '99: {2 keys}' }).waitFor();
    expect(await tree.getByRole('button', { name: '100: {2 keys}' }).count()).toBe(0);
    await tree.getByRole('button', { name: 'Show 100 more of 2,000' }).click();
    await tree.getByRole('button', { name: '100: {2 keys}' }).click();
    await tree.getByText('index').first().waitFor();
  });

  it('can be read as text, whole', async () => {
    const page = await watchedPage(browser);
    await visit(page, 'event');
    await page.getByRole('button', { name: 'As text' }).click();
    await page.getByRole('button', { name: /Show all 26\d,\d{3} characters/ }).click();
    const text = await page.locator('.json-raw').textContent();
    expect(JSON.parse(text ?? '')).toEqual(bigContext());
  });
});

it('shows numbers as they are written, which JavaScript would round', async () => {
  const [id = ''] = await shop.databases.pool
    .query<{ event_id: string }>(
      `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
       VALUES (gen_random_uuid(), 'numbers', now(), 'test', '{"big":12345678901234567890,"point":1.0}') RETURNING event_id`,
    )
    .then(({ rows }) => rows.map((row) => row.event_id));
  const page = await watchedPage(browser);
  await page.goto(`${shop.url}/events/${id}`);
  await page.getByText('12345678901234567890', { exact: true }).waitFor();
  await page.getByText('1.0', { exact: true }).waitFor();
});

it('says what to do at an address that is none', async () => {
  const page = await watchedPage(browser, { allowed: /status of 404/ });
  await page.goto(`${shop.url}/nowhere`);
  await page.getByText('There is no such page').waitFor();
  await page.goto(`${shop.url}/batches/00000000-0000-4000-8000-000000000000`);
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
});
