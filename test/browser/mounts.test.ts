import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { serveDashboard } from '../../src/dashboard/serveDashboard.js';
import { documentedCode } from '../support/documentedCode.js';
import { expectUsable } from './support/expectUsable.js';
import { startNginx } from './support/nginx.js';
import { openShop, orderEvent, type Shop } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

let browser: Browser;
let shop: Shop;
beforeAll(async () => {
  browser = await launchBrowser(['--host-resolver-rules=MAP ops.example.com 127.0.0.1']);
  shop = await openShop();
  await shop.startWorker();
  await shop.capture([orderEvent(1), { ...orderEvent(2), eventType: 'bad_order' }]);
  await shop.delivered();
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});

const password = 'a long enough password';
const operators = [{ name: 'ann', password, role: 'operator' }] as const;
const signedIn = { httpCredentials: { username: 'ann', password } };

it('works below a path', async () => {
  const served = await serveDashboard({
    ...shop.databases.given,
    users: operators,
    basePath: '/ops/waybill',
    port: 0,
  });
  onTestFinished(() => served.stop());
  await expectUsable(await watchedPage(browser, signedIn), served.url.replace(/\/$/, ''), 'ann');
});

it('works behind nginx, below a path that the proxy says, as docs/dashboard.md has it', async () => {
  const served = await serveDashboard({
    ...shop.databases.given,
    users: operators,
    hosts: ['ops.example.com'],
    trustProxy: true,
    port: 0,
  });
  onTestFinished(() => served.stop());
  const location = documentedCode('dashboard.md', 'nginx, for');
  expect(location).toContain('http://127.0.0.1:4680/');
  const port = await startNginx(location.replace('http://127.0.0.1:4680/', served.url));
  // The browser heeds that header over HTTPS only, and says so for any name but localhost.
  const allowed = /Cross-Origin-Opener-Policy header has been ignored/;
  const page = await watchedPage(browser, { ...signedIn, allowed });
  await expectUsable(page, `http://ops.example.com:${String(port)}/waybill`, 'ann');
});

it('works behind a proxy that says nothing and takes nothing off, or takes the path off', async () => {
  const served = await serveDashboard({
    ...shop.databases.given,
    users: operators,
    basePath: '/tools/waybill',
    port: 0,
  });
  onTestFinished(() => served.stop());
  const { origin } = new URL(served.url);
  for (const target of [origin, `${origin}/`]) {
    const port = await startNginx(
      `location /tools/waybill/ { proxy_pass ${target}; proxy_set_header Host $http_host; }`,
    );
    const page = await watchedPage(browser, signedIn);
    await expectUsable(page, `http://127.0.0.1:${String(port)}/tools/waybill`, 'ann');
  }
});

it('offers a viewer nothing that only an operator may do', async () => {
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
