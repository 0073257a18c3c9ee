// Takes the screenshots of the README: npm run screenshots. They show real engines with real traffic.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startEngines } from '@waybill/embedded';
import pg from 'pg';
import { chromium } from 'playwright-core';
import { captureEvents } from '../../../dist/index.js';
import { serveDashboard } from '../../../dist/dashboard/serveDashboard.js';
import { createWorker, migrateDatabases } from '../../../dist/worker.js';

const directory = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
const trafficMs = 40_000;
const types = ['order_placed', 'order_paid', 'order_shipped', 'stock_low', 'customer_registered'];

const engines = await startEngines();
const given = {
  databaseUrl: engines.postgres.url,
  clickhouseUrl: engines.clickhouse.url,
  logEventsPartitionQuantity: 200,
  logSendingFrequencyInMinutes: 0.02,
  logEventsMaxWaitInMinutes: 0.02,
};
await migrateDatabases(given);
const answer = await fetch(engines.clickhouse.url, {
  method: 'POST',
  body: `ALTER TABLE default.event_log ADD CONSTRAINT total_is_whole
         CHECK NOT (event_type = 'order_paid' AND JSONExtractInt(event_context, 'totalCents') < 0)`,
});
if (!answer.ok) throw new Error(await answer.text());

const pool = new pg.Pool({ connectionString: given.databaseUrl });
const worker = createWorker(given);
const dashboard = await serveDashboard({ ...given, port: 0 });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
let number = 0;

async function captureSome(begun) {
  const wave = 1.3 + Math.sin((Date.now() - begun) / 4000);
  const events = Array.from({ length: Math.ceil(wave * 12) }, () => {
    number += 1;
    const eventType = types[number % types.length];
    return {
      eventType,
      subject: `order:${String(4000 + Math.floor(number / 3))}`,
      environment: 'production',
      traceparent: `00-${number.toString(16).padStart(32, '0')}-b7ad6b7169203331-01`,
      eventContext: {
        orderId: String(4000 + Math.floor(number / 3)),
        totalCents: number === 611 ? -5 : 1990 + ((number * 37) % 9000),
        customer: { id: `c-${String(number % 50)}`, country: 'DE' },
        items: [{ sku: 'A-7', quantity: 2 }],
      },
    };
  });
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await captureEvents(client, events);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

async function shoot(name, path, { colorScheme = 'light', width = 1280, height = 800 } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(dashboard.url.replace(/\/$/, '') + path);
  await page.locator('h1').waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  if (path.startsWith('/?')) await page.locator('.u-legend').nth(1).waitFor();
  if (path.startsWith('/events?')) await page.locator('.u-legend').waitFor();
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: `${directory}${name}.png` });
  await context.close();
}

try {
  await mkdir(directory, { recursive: true });
  await worker.start();
  const begun = Date.now();
  const traffic = setInterval(() => void captureSome(begun), 250);
  await new Promise((resolve) => setTimeout(resolve, trafficMs));
  const { rows } = await pool.query(
    `SELECT id FROM waybill.batch WHERE status = 'REPLACED' AND parent_id IS NULL ORDER BY seq LIMIT 1`,
  );
  const range = `from=${new Date(begun).toISOString()}&to=${new Date().toISOString()}`;
  await shoot('overview-light', `/?${range}`);
  await shoot('overview-dark', `/?${range}`, { colorScheme: 'dark' });
  await shoot('events-dark', `/events?${range}`, { colorScheme: 'dark' });
  await shoot('batch-light', `/batches/${rows[0].id}`);
  await shoot('overview-phone', `/?${range}`, { width: 390, height: 844 });
  clearInterval(traffic);
} finally {
  await browser.close();
  await dashboard.stop();
  await worker.stop();
  await pool.end();
  await engines.stop();
}
