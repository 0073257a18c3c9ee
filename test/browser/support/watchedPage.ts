import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

/** Where Debian puts it. */
const executablePath = '/usr/bin/chromium';

/** Starts the browser. One for a file of tests; each test has a context of its own. */
export async function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  if (!existsSync(executablePath))
    throw new Error(`There is no ${executablePath}. Install it: apt-get install chromium`);
  // Whoever runs the tests in a container is often root, for whom Chromium has no sandbox.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...args] });
}

export interface WatchOptions extends BrowserContextOptions {
  /** What the console may say: where a server is down, the browser itself reports the failed requests. */
  readonly allowed?: RegExp;
}

/** A page whose console, errors and policy violations fail the test at its end. */
export async function watchedPage(
  browser: Browser,
  { allowed, ...options }: WatchOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    ...options,
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('console', (message) => {
    const text = `${message.type()}: ${message.text()}`;
    if (message.type() !== 'log' && !(allowed?.test(text) ?? false)) wrong.push(text);
  });
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    wrong.push(`A script of an event has run: ${dialog.message()}`);
    void dialog.dismiss();
  });
  // The browser itself does not tell of an `eval` that whoever tried it has caught.
  await page.exposeFunction('tellViolation', (text: string) => wrong.push(text));
  await page.addInitScript(() => {
    const { tellViolation } = window as unknown as { tellViolation: (text: string) => void };
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      tellViolation(`policy ${violatedDirective}: ${blockedURI} ${sourceFile}`);
    });
  });
  page.setDefaultTimeout(20_000);
  onTestFinished(async () => {
    await context.close();
    expect(wrong).toEqual([]);
  });
  return page;
}

/** What makes the page wider than the window, outside of what scrolls by itself; nothing when it fits. */
export async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= window.innerWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter(
        (element) =>
          element.getBoundingClientRect().right > window.innerWidth && !element.closest('.table-frame'),
      )
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
  });
}
