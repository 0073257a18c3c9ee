import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * Uses a dashboard below a path as an operator would: goes from page to page, loads one again, exports, and acts. Its databases
 * hold an event `order:1`, delivered, and one of type `bad_order` in quarantine.
 */
export async function expectUsable(page: Page, base: string, user: string): Promise<void> {
  await page.goto(base);
  await page.getByText(user, { exact: true }).first().waitFor();
  await page.getByRole('link', { name: /Quarantined/ }).click();
  await page.waitForURL(`${base}/quarantine`);
  await page.getByRole('link', { name: 'bad_order' }).first().click();
  await page.waitForURL((url) => url.pathname.startsWith(`${new URL(base).pathname}/quarantine/`));
  await page.reload();
  await page.getByText('VIOLATED_CONSTRAINT').first().waitFor();

  await page.goto(`${base}/events?subject=order:1`);
  await page.getByText('1 event', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'NDJSON' }).click();
  expect(await readFile(await (await download).path(), 'utf8')).toContain('"order:1"');

  await page.goto(`${base}/tasks`);
  const task = page.getByRole('region', { name: 'process_events', exact: true });
  await task.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await task.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await task.getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('link', { name: 'Actions' }).click();
  await page.getByRole('table').getByText(user, { exact: true }).first().waitFor();
}
