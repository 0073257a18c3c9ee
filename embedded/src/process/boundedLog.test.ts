import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../testing/scratch.js';
import { BoundedLog } from './boundedLog.js';

test('a bounded log keeps the newest lines in at most two files', async () => {
  const directory = await scratchDirectory();
  const log = new BoundedLog(join(directory, 'a.log'), 100);
  for (let line = 0; line < 100; line++) log.write(`line ${String(line)}\n`);

  expect(await readdir(directory)).toEqual(['a.log', 'a.log.1']);
  const newest = await readFile(join(directory, 'a.log'), 'utf8');
  const older = await readFile(join(directory, 'a.log.1'), 'utf8');
  expect((older + newest).trim().endsWith('line 99')).toBe(true);
  expect((older + newest).length).toBeLessThan(250);
});
