import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest';
import { documentedCode } from '../support/documentedCode.js';
import { freePort } from '../support/freePort.js';
import { waitUntil } from '../support/waitUntil.js';
import { expectUsable } from './support/expectUsable.js';
import { openShop, orderEvent, type Shop } from './support/shop.js';
import { launchBrowser, watchedPage } from './support/watchedPage.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const frameworks = fileURLToPath(new URL('frameworks', import.meta.url));
const startMsMax = 60_000;

let browser: Browser;
let shop: Shop;
let directory: string;

/** An application's directory, with the frameworks of its lock file and the package as it is published. */
beforeAll(async () => {
  browser = await launchBrowser();
  shop = await openShop();
  await shop.startWorker();
  await shop.capture([orderEvent(1), { ...orderEvent(2), eventType: 'bad_order' }]);
  await shop.delivered();
  directory = await mkdtemp(join(tmpdir(), 'waybill-frameworks-'));
  await cp(frameworks, directory, { recursive: true });
  const inDirectory = { cwd: directory };
  await run('npm', ['ci', '--no-audit', '--no-fund'], inDirectory);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: root });
  const [tarball] = JSON.parse(stdout) as [{ filename: string }];
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', tarball.filename], inDirectory);
}, 300_000);
afterAll(async () => {
  await browser.close();
  await shop.close();
  await rm(directory, { recursive: true });
});

async function write(file: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(join(directory, file)), { recursive: true });
  await writeFile(join(directory, file), lines.join('\n'));
}

/** Starts the application, and waits until it has the dashboard. */
async function start(args: readonly string[]): Promise<string> {
  const port = await freePort();
  const application = spawn(process.execPath, args, {
    cwd: directory,
    env: {
      ...process.env,
      ...shop.databases.environment,
      PORT: String(port),
      NEXT_TELEMETRY_DISABLED: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [application.stdout, application.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const ended = once(application, 'exit');
  onTestFinished(async () => {
    application.kill('SIGTERM');
    await ended;
  });
  const url = `http://127.0.0.1:${String(port)}`;
  await waitUntil(
    'the application answers',
    async () => {
      if (application.exitCode !== null) throw new Error(`The application has ended.\n${said}`);
      return fetch(`${url}/waybill/api/session`).then(
        ({ status }) => status === 401,
        () => false,
      );
    },
    startMsMax,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${said}`);
  });
  return `${url}/waybill`;
}

describe('the dashboard, mounted as docs/dashboard.md says', () => {
  it('into Nest', async () => {
    await write('main.mjs', [
      `import 'reflect-metadata';`,
      `import { Module } from '@nestjs/common';`,
      `import { NestFactory } from '@nestjs/core';`,
      `const userOfSession = async (cookie) => (cookie === 'session=1' ? { name: 'Ann', isAdmin: true } : undefined);`,
      `class Application {}`,
      `Module({})(Application);`,
      `const app = await NestFactory.create(Application, { logger: false });`,
      documentedCode('dashboard.md', '`createDashboard` opens'),
      documentedCode('dashboard.md', '**Express,**'),
      `await app.listen(Number(process.env.PORT), '127.0.0.1');`,
    ]);
    const url = await start(['main.mjs']);
    const page = await watchedPage(browser);
    await page.context().addCookies([{ name: 'session', value: '1', url }]);
    await expectUsable(page, url, 'Ann');
  });

  it('into Next', async () => {
    await write('app/waybill/[[...path]]/route.ts', [
      `import { createDashboard, type Dashboard } from 'waybill/dashboard';`,
      `import { authorize } from '../authorize';`,
      documentedCode('dashboard.md', '**Next,**'),
    ]);
    await write('app/waybill/authorize.ts', [
      `import type { DashboardOptions } from 'waybill/dashboard';`,
      `export const authorize: DashboardOptions['authorize'] = (request) =>`,
      `  request.headers.get('cookie') === 'session=1' ? { name: 'Ann', role: 'operator' } : undefined;`,
    ]);
    await write('next.config.mjs', [documentedCode('dashboard.md', 'and in `next.config.mjs`')]);
    const next = join('node_modules', 'next', 'dist', 'bin', 'next');
    await run(process.execPath, [next, 'build'], {
      cwd: directory,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    });
    const url = await start([next, 'start', '--hostname', '127.0.0.1']);
    const page = await watchedPage(browser);
    await page.context().addCookies([{ name: 'session', value: '1', url }]);
    await expectUsable(page, url, 'Ann');
  });
});
