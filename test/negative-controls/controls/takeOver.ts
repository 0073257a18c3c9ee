import { inClickHouse, numberFromClickHouse } from '../../support/clickhouse.js';
import { waitUntil } from '../../support/waitUntil.js';
import type { Finding } from '../finding.js';
import type { NegativeControl } from '../negativeControl.js';
import type { Side } from '../side.js';
import { anInsert, diedHavingSentPart, proxyOf, rememberTwoTokens } from '../stories.js';

const sendBatch = 'src/delivery/sendBatch.ts';

/** Two batches more are delivered, so that the tokens of those before are forgotten where two are remembered. */
async function deliverTwoMore(side: Side): Promise<string[]> {
  const committed = await side.seed(200);
  await side.worker().run();
  return committed;
}

/** A worker's insert runs in ClickHouse, its body half there, when another worker takes the batch over. */
async function insertStillRuns(side: Side): Promise<Finding> {
  await rememberTwoTokens(side);
  const proxy = await proxyOf(side);
  const committed = await side.seed(100, { contextBytes: 10_000 });
  // ClickHouse begins an insert when it has a quarter of a megabyte of its body.
  const stalled = proxy.spoilNextInsert({ kind: 'stall', afterBodyBytes: 600_000 });
  const late = side.worker({ clickhouseUrl: proxy.url, failedSendingRetries: 0 }).run();
  await stalled.reached;
  await waitUntil('the insert runs', async () => (await runningInserts(side)) === 1);
  await side.expireClaims();

  // Told to end, the insert notices it with the next piece of its body; until then whoever told it so waits.
  const states = { takenOver: false };
  const takeOver = side
    .worker()
    .run()
    .then(() => (states.takenOver = true));
  await waitUntil(
    'the other worker is done or has told the insert to end',
    async () => states.takenOver || (await runningInserts(side, 'is_cancelled')) === 1,
  );
  if (states.takenOver) committed.push(...(await deliverTwoMore(side)));
  stalled.release();
  await Promise.all([late, takeOver]);
  await waitUntil('no insert runs any more', async () => (await runningInserts(side)) === 0);
  await side.deliverAll();
  return side.finding(committed);
}

function runningInserts({ databases }: Side, condition = 'true'): Promise<number> {
  return numberFromClickHouse(
    databases,
    `SELECT count() AS number FROM system.processes
     WHERE startsWith(query, 'INSERT INTO') AND position(query, '${databases.clickhouseDatabase}') > 0 AND ${condition}`,
  );
}

/** A worker is stopped between its claim and its insert, for longer than its lease, and goes on where it was. */
async function stoppedBeforeItSends(side: Side): Promise<Finding> {
  await rememberTwoTokens(side);
  const route = await side.heldRoute();
  const { systemClock } = side.product;
  let stoppedMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + stoppedMs };
  const committed = await side.seed(100);
  const held = route.holdNext(/system\.tables/);
  const stopped = side.worker({ clickhouseUrl: route.url, failedSendingRetries: 0, clock }).run();
  await held.reached;
  await side.expireClaims();
  committed.push(...(await deliverTwoMore(side)));
  stoppedMs = 3_600_000;
  held.release();
  await stopped;
  await side.deliverAll();
  return side.finding(committed);
}

/**
 * ClickHouse refuses a batch, and its worker is stopped before it hears of that. The table is mended, and another worker
 * sends the batch; while its insert is under way the first one goes on and wants to cut the batch in pieces.
 */
async function refusalHeardLate(side: Side): Promise<Finding> {
  const committed = await side.seed(100);
  await inClickHouse(
    side.databases,
    `ALTER TABLE DB.event_log ADD CONSTRAINT closed CHECK event_type = 'no'`,
  );
  const firstWay = await proxyOf(side);
  const answer = firstWay.spoilNextInsert({ kind: 'stallAnswer' });
  const first = side.worker({ clickhouseUrl: firstWay.url, failedSendingRetries: 0 }).run();
  await answer.reached;
  await inClickHouse(side.databases, 'ALTER TABLE DB.event_log DROP CONSTRAINT closed');
  await side.expireClaims();

  const secondWay = await side.heldRoute();
  const insert = secondWay.holdNext(anInsert);
  const second = side.worker({ clickhouseUrl: secondWay.url, failedSendingRetries: 0 }).run();
  await insert.reached;
  answer.release();
  await first;
  insert.release();
  await second;
  await side.deliverAll();
  return side.finding(committed);
}

/** Two workers mend the same batch one after the other; the DELETE of the first is stuck on its way, and comes last. */
async function lateDelete(side: Side): Promise<Finding> {
  const committed = await diedHavingSentPart(side);
  const route = await side.heldRoute();
  const deletion = route.holdNext(/ALTER TABLE .* DELETE WHERE/);
  const first = side.worker({ clickhouseUrl: route.url, failedSendingRetries: 1 }).run();
  await deletion.reached;
  await side.expireClaims();
  await side.worker().run();
  deletion.release();
  await first;
  await side.deliverAll();
  return side.finding(committed);
}

/** What becomes of a batch that one worker leaves and another takes. */
export const takeOverControls: readonly NegativeControl[] = [
  {
    name: 'old inserts are ended before a batch is counted',
    switchedOff: 'no KILL QUERY before the count',
    edits: [
      {
        file: sendBatch,
        text: '      await eventLog.endInserts(batch.id, signal);\n',
        replacement: '',
      },
    ],
    story:
      'an insert stands still in mid-body, its batch is delivered by another worker, ClickHouse forgets the token, and the ' +
      'insert goes on',
    expected: 'doubled',
    scenario: insertStillRuns,
  },
  {
    name: 'a claim that has run out by its own clock is not sent under',
    switchedOff: 'no look at the clock before the insert',
    edits: [
      {
        file: sendBatch,
        text: 'if (!context.isHeld()) throw new ClaimExpiredError();',
        replacement: '',
      },
    ],
    story:
      'a worker is stopped before it sends, another delivers, ClickHouse forgets the token, and the first goes on',
    expected: 'doubled',
    scenario: stoppedBeforeItSends,
  },
  {
    name: 'the fence: every write names the epoch of its claim',
    switchedOff: 'the batch is replaced whoever holds it',
    edits: [
      {
        file: 'src/outbox/replaceBatch.ts',
        text: 'claim_epoch = $2',
        replacement: '(claim_epoch = $2 OR true)',
      },
    ],
    story:
      'a worker hears late that its batch was refused, while another, for which the table was mended, sends it',
    expected: 'doubled',
    scenario: refusalHeardLate,
  },
  {
    name: 'rows of a batch that was given up are deleted before its successor is sent',
    switchedOff: 'the successor is sent beside them',
    edits: [
      {
        file: 'src/delivery/attemptBatch.ts',
        text: '    purge: true,\n',
        replacement: '    purge: false,\n',
      },
    ],
    story: '60 of 100 rows arrived under the token of all, which is spent so',
    expected: 'doubled',
    async scenario(side) {
      const committed = await diedHavingSentPart(side);
      await side.deliverAll();
      return side.finding(committed);
    },
  },
  {
    name: 'rows are only deleted of a batch that was replaced',
    switchedOff: 'the rows of a batch are deleted and it is sent again under its own id and a second token',
    edits: [
      {
        file: sendBatch,
        text: '  const text = `ClickHouse holds',
        replacement: `
  if (acknowledged) {
    await context.eventLog.deleteBatch(batch, context.signal);
    const reading = await context.outbox.readBatch(batch);
    await context.eventLog.insertBatch({
      rows: reading.rows,
      eventCount: batch.eventCount,
      deduplicationToken: batch.id + '-second',
      queryId: insertQueryIdPrefix(batch.id) + 'second-' + String(batch.epoch),
      beforeSending: () => undefined,
      signal: context.signal,
    });
    await reading.close();
    return { outcome: 'delivered', rows: batch.eventCount, bytes };
  }
  const text = \`ClickHouse holds`,
      },
    ],
    story:
      '60 of 100 rows arrived; two workers mend that one after the other, and the DELETE of the first comes last',
    expected: 'lost',
    scenario: lateDelete,
  },
];
