import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { awaitIdleShop } from './awaitIdleShop.js';
import type { DemoSize } from './demoArguments.js';
import { awaitDelivery } from './delivery/awaitDelivery.js';
import { LatencyProbes } from './delivery/latencyProbes.js';
import {
  countDelivered,
  findPlacedOrders,
  openEventLogReader,
  readEventLog,
  type EventLogReader,
} from './delivery/readEventLog.js';
import { compareEventLog } from './ledger/compareEventLog.js';
import { Ledger } from './ledger/ledger.js';
import { settleOpenQuestions } from './ledger/settleOpenQuestions.js';
import type { Progress } from './output/progress.js';
import type { DemoResult } from './output/report.js';
import type { StartedSystem } from './startEverything.js';
import { runTraffic } from './traffic/runTraffic.js';
import { ShopClient } from './traffic/shopClient.js';

export interface MeasureOptions {
  readonly system: StartedSystem;
  readonly size: DemoSize;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Runs when everything is delivered, just before it is checked: where a test spoils something. */
  readonly beforeCheck?: ((clickhouseUrl: string) => Promise<void>) | undefined;
}

const shoppers = 16;
const progressIntervalMs = 250;
const looksPerSettling = 4;

/** Sends the shop requests, waits until everything is delivered, and compares. */
export async function measure(options: MeasureOptions): Promise<DemoResult> {
  const { system, size, progress, signal, beforeCheck } = options;
  const clickhouseUrl = system.engines.clickhouse.url;
  const reader = openEventLogReader(clickhouseUrl);
  const shopTables = new Pool({ connectionString: system.engines.postgres.url, max: 1 });
  const ledger = new Ledger();
  const client = new ShopClient(system.storefrontUrl);
  const probes = new LatencyProbes({ find: (orderIds) => findPlacedOrders(reader, orderIds) });
  const stopShowing = showProgress({ progress, ledger, reader, shopTables, probes, interruption: signal });
  try {
    probes.start();
    const startMs = performance.now();
    await runTraffic({
      client,
      ledger,
      seed: size.seed,
      shoppers,
      ordersMax: size.orders,
      durationMsMax: size.seconds * 1_000,
      signal,
      onOrderPlaced: (orderId) => {
        probes.committed(orderId);
      },
    });
    signal.throwIfAborted();
    const trafficSeconds = (performance.now() - startMs) / 1_000;

    await awaitIdleShop(system.storefrontUrl, signal);
    const settled = await settleOpenQuestions(ledger, shopTables);
    const count = async (): Promise<number> => (await countDelivered(reader)).events;
    await awaitDelivery({ expectedCount: ledger.expectedCount, count, signal });
    await beforeCheck?.(clickhouseUrl);
    return {
      trafficSeconds,
      requests: client.counts,
      settled,
      delivered: await countDelivered(reader),
      latency: probes.summary(),
      pollIntervalMs: probes.pollIntervalMs,
      comparison: await compareEventLog(ledger, readEventLog(reader)),
    };
  } finally {
    await stopShowing();
    await probes.stop();
    await reader.close();
    await shopTables.end();
  }
}

interface Shown {
  readonly progress: Progress;
  readonly ledger: Ledger;
  readonly reader: EventLogReader;
  readonly shopTables: Pool;
  readonly probes: LatencyProbes;
  readonly interruption: AbortSignal;
}

/** Shows how things are until it is stopped. */
function showProgress({
  progress,
  ledger,
  reader,
  shopTables,
  probes,
  interruption,
}: Shown): () => Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, interruption]);
  const startMs = performance.now();

  async function show(): Promise<void> {
    const counted = await countDelivered(reader).catch(() => undefined); // the next look will tell
    if (counted === undefined || signal.aborted) return;
    progress.update({
      seconds: (performance.now() - startMs) / 1_000,
      captured: ledger.expectedCount,
      delivered: counted.events,
      latency: probes.recent(),
    });
  }

  async function showUntilStopped(): Promise<void> {
    for (let looks = 0; !signal.aborted; looks += 1) {
      // What abandoned requests did is delivered too; without them more would seem delivered than captured.
      if (looks % looksPerSettling === 0)
        await settleOpenQuestions(ledger, shopTables).catch(() => undefined);
      await show();
      await pause(progressIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  const showing = showUntilStopped();
  return async () => {
    stopping.abort();
    await showing;
    progress.clear();
  };
}
