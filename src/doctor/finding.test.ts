import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findingCodes } from './finding.js';

const folder = new URL('./', import.meta.url);
const sources = readdirSync(folder)
  .filter((file) => /^(?!finding\.).*(?<!\.test)\.ts$/.test(file))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))
  // The two verdicts on a table that are passed on as they are.
  .concat(readFileSync(new URL('../eventlog/judgeTable.ts', folder), 'utf8'))
  .join('\n');

describe('the list of findings', () => {
  it('is that of docs/doctor.md, each code once', () => {
    const page = readFileSync(new URL('../../docs/doctor.md', folder), 'utf8');
    const explained = [...page.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
    expect(explained.toSorted()).toEqual(findingCodes.toSorted());
  });

  it('holds nothing that no check ever finds', () => {
    expect(findingCodes.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });
});
