import { describe, expect, it } from 'vitest';
import { runCase } from './chaosCase.js';
import { insertCases } from './insertCases.js';
import { requestCases } from './requestCases.js';
import { statementCases } from './statementCases.js';
import { nothingWrong } from './verdict.js';

const seed = 1;
const everyCase = [...insertCases(seed), ...requestCases(), ...statementCases(seed)];

/** Cases that test/delivery does not have, each of another kind. `npm run chaos` runs every case. */
const selection = [
  'insert: closed one way 2 bytes before the end of chunk 1',
  'insert: closed one way 0 bytes behind the end of chunk 1',
  'insert: its answer cut by close after 30 bytes',
  'insert: answered 503 with a page in the middle of its body',
  'insert: answered 429 with a page after it was stored',
  'insert: answered 200 with an exception in it in the middle of its body',
  'insert: answered 200 with an exception in it after it was stored',
  'check of the table: answered 200 with an exception in it, not asked',
  'question for the known settings: answered 200 with an exception in it, not asked',
  'end of old inserts: its answer dropped',
  'count before a resend: answered 200 with an exception in it, not asked',
  'count before a resend of what was reset: its answer dropped',
  'delete of a replaced batch: its answer dropped',
  'count after the delete: its answer dropped',
  'insert of the batch that replaces: its answer dropped',
  'Postgres, claim: its answer dropped by reset',
  'Postgres, taking of a batch: its answer dropped by reset',
  'Postgres, COPY: reset after 40,000 bytes of the rows',
  'Postgres, COPY: close after 40,000 bytes of the rows',
  'Postgres, COMMIT of the read: its answer dropped by reset',
  'Postgres, marking as delivered: its answer dropped by reset',
  'Postgres, release: its answer dropped by reset',
  'Postgres, replacement: its answer dropped by reset',
  'Postgres, end of the run: its answer dropped by reset',
];

describe('a backlog is delivered exactly once, with nothing quarantined or lost from sight, after', () => {
  it.each(selection)('%s', async (name) => {
    const chaosCase = everyCase.find((one) => one.name === name);
    if (chaosCase === undefined) throw new Error('There is no such case.');
    const { verdict, missedFaults } = await runCase(chaosCase, seed);
    expect(missedFaults).toBe(0);
    expect(verdict).toEqual({ events: 800, ...nothingWrong });
  });
});
