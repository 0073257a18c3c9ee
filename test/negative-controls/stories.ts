import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { ClaimedBatch } from '../../src/outbox/claimBatch.js';
import { inClickHouse } from '../support/clickhouse.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import type { Finding } from './finding.js';
import type { Side } from './side.js';

/** What `holdNext` recognises the insert of a batch by. */
export const anInsert = /INSERT INTO/;

export async function proxyOf(side: Side): Promise<Proxy> {
  const proxy = await startProxy(side.databases.clickhouseUrl);
  onTestFinished(() => proxy.close());
  return proxy;
}

export const lateTwinStory =
  'an insert is stuck on its way for longer than the lease, another worker delivers the batch, then the first arrives';

/**
 * A worker's insert gets stuck before ClickHouse sees it, for longer than the lease: another worker looks for the batch,
 * finds none of it, and delivers it. Then the stuck insert arrives after all.
 */
export async function lateTwin(side: Side): Promise<Finding> {
  const committed = await side.seed(100);
  await sendLateTwin(side);
  await side.deliverAll();
  return side.finding(committed);
}

export async function sendLateTwin(side: Side): Promise<void> {
  const route = await side.heldRoute();
  const stuck = route.holdNext(anInsert);
  const late = side.worker({ clickhouseUrl: route.url, failedSendingRetries: 0 }).run();
  await stuck.reached;
  await side.expireClaims();
  await side.worker().run();
  stuck.release();
  await late;
}

/** ClickHouse remembers no more than two tokens. */
export async function rememberTwoTokens(side: Side): Promise<void> {
  await inClickHouse(
    side.databases,
    'ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 2',
  );
}

/** Stores the first rows of a claimed batch under its token: what a body leaves that was cut and passed for whole. */
export async function storeInPart(side: Side, batch: ClaimedBatch, rowCount: number): Promise<void> {
  await storeUnderToken(side, batch, (lines) => lines.slice(0, rowCount));
}

export async function storeUnderToken(
  { product, outbox, eventLog }: Side,
  batch: ClaimedBatch,
  choose: (lines: string[]) => string[],
): Promise<void> {
  const reading = await product.readBatch(outbox, batch);
  const lines = (await text(reading.rows)).split(/(?<=\n)/);
  await reading.close();
  await product.insertBatch(eventLog, {
    rows: Readable.from([choose(lines).join('')], { objectMode: false }),
    eventCount: batch.eventCount,
    deduplicationToken: batch.id,
    queryId: `in-part-${batch.id}`,
    beforeSending: () => undefined,
    signal: new AbortController().signal,
  });
}

/** A worker died whose batch of 100 has arrived as 60 rows. */
export async function diedHavingSentPart(side: Side): Promise<string[]> {
  const committed = await side.seed(100);
  await storeInPart(side, await side.claim(100), 60);
  await side.expireClaims();
  return committed;
}
