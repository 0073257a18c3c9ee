/**
 * npm run negative-controls [-- --only <text>]: plays all negative controls, or those whose name holds the text; prints
 * what each found, and keeps the result of all in docs/evidence/negative-controls.md. Ends with 1 when a safeguard's absence went unnoticed.
 */
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const vitest = await startVitest('test', ['test/negative-controls'], {
  root: fileURLToPath(new URL('../../', import.meta.url)),
  run: true,
  watch: false,
  project: ['integration'],
  reporters: ['default', fileURLToPath(new URL('evidenceReporter.ts', import.meta.url))],
  ...(only === undefined ? {} : { testNamePattern: only }),
});
await vitest.close();
