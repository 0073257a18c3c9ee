import type { Finding } from '../finding.js';
import type { NegativeControl } from '../negativeControl.js';
import type { Side } from '../side.js';
import {
  diedHavingSentPart,
  lateTwin,
  lateTwinStory,
  rememberTwoTokens,
  storeInPart,
  storeUnderToken,
} from '../stories.js';

const forgottenStory =
  'the answer to an insert is lost, ClickHouse forgets the token meanwhile, and the batch is sent again';
const noCountBefore = {
  file: 'src/delivery/sendBatch.ts',
  text: 'if (batch.attemptCount > 1) {',
  replacement: 'if (false) {',
};
const rowsAreTrusted = {
  file: 'src/delivery/sendBatch.ts',
  text: 'if (batch.attemptCount === 1 && written === batch.eventCount)',
  replacement: 'if (written === batch.eventCount)',
};

/** A worker died whose batch has arrived, and other batches have passed since. */
async function tokenForgotten(side: Side): Promise<Finding> {
  await rememberTwoTokens(side);
  const committed = await side.seed(100);
  await storeInPart(side, await side.claim(100), 100);
  committed.push(...(await side.seed(200)));
  await side.worker().run();
  await side.expireClaims();
  await side.deliverAll();
  return side.finding(committed);
}

/** Tokens, and the count that stands in where they do not reach. */
export const tokenControls: readonly NegativeControl[] = [
  {
    name: 'a table that remembers tokens',
    switchedOff: 'the deduplication window is 0, and nothing checks it',
    story: lateTwinStory,
    edits: [
      {
        file: 'src/migration/clickhouseMigrations.ts',
        text: 'const deduplicationWindowBlocks = 10_000;',
        replacement: 'const deduplicationWindowBlocks = 0;',
      },
      { file: 'src/eventlog/checkTable.ts', text: 'if (verdict.fit) return;', replacement: 'return;' },
    ],
    expected: 'doubled',
    scenario: lateTwin,
  },
  {
    name: 'one token for all attempts to send a batch',
    switchedOff: 'each attempt has a token of its own',
    story: lateTwinStory,
    edits: [
      {
        file: 'src/delivery/sendBatch.ts',
        text: 'deduplicationToken: batch.id,',
        replacement: 'deduplicationToken: `${batch.id}-${String(batch.attemptCount)}`,',
      },
    ],
    expected: 'doubled',
    scenario: lateTwin,
  },
  {
    name: 'a count where the outcome is unknown',
    switchedOff: 'rows are counted neither before a resend nor after it',
    story: forgottenStory,
    edits: [noCountBefore, rowsAreTrusted],
    expected: 'doubled',
    scenario: tokenForgotten,
  },
  {
    name: 'a count before a batch is sent again',
    switchedOff: 'a batch is sent again without a look at what is there; it is still counted after',
    story: forgottenStory,
    edits: [noCountBefore],
    expected: 'replaced',
    scenario: tokenForgotten,
  },
  {
    name: 'a count after a batch is sent again',
    switchedOff: 'the rows that ClickHouse says it wrote are a verdict for resends too',
    story: '60 of 100 rows arrived, under the token of all; the batch is sent again, and recognised',
    edits: [rowsAreTrusted],
    expected: 'lost',
    async scenario(side) {
      const committed = await diedHavingSentPart(side);
      await side.deliverAll();
      return side.finding(committed);
    },
  },
  {
    name: 'a count tells events from rows',
    switchedOff: 'as many rows as events are enough',
    story: 'as many rows arrived as the batch has events, but one of them twice and another not at all',
    edits: [
      {
        file: 'src/delivery/sendBatch.ts',
        text: 'if (rows !== batch.eventCount || events === rows) return rows;',
        replacement: 'if (events <= rows) return rows;',
      },
    ],
    expected: 'lost',
    async scenario(side) {
      const committed = await side.seed(100);
      await storeUnderToken(side, await side.claim(100), ([first = '', , ...others]) => [
        first,
        first,
        ...others,
      ]);
      await side.expireClaims();
      await side.deliverAll();
      return side.finding(committed);
    },
  },
];
