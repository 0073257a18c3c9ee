import { setTimeout as pause } from 'node:timers/promises';
import { startBenchProcess, type BenchProcess } from '../processes/benchProcess.js';
import type { BenchContext, Section } from '../section.js';
import { withWaybillOutbox, type WaybillDatabases } from '../waybillOutbox.js';
import type { Produced, ProducerOrder, ProducerSetup } from './freshness/producer.js';
import type { ReaderOrder, ReaderSetup, Seen } from './freshness/reader.js';
import { toFreshnessResult, type FreshnessMeasurement } from './freshness/result.js';
import { batchEvents, scenarios, type Scenario } from './freshness/scenarios.js';
import { delaysSeconds, toWindows } from './freshness/windows.js';
import { assertNothingLostOrDoubled } from './freshness/verdict.js';

interface Length {
  readonly scenarioMs: number;
  readonly windows: number;
  readonly scenarios: readonly Scenario[];
}
const full: Length = { scenarioMs: 15_000, windows: 5, scenarios };
const quick: Length = { scenarioMs: 7_000, windows: 5, scenarios: scenarios.slice(0, 2) };
const warmUpShare = 0.1;
/** How long the last events of a scenario may take after the last commit, before they count as lost. */
const deliveryDeadlineMs = 60_000;

interface Processes {
  readonly producer: BenchProcess<ProducerOrder, Produced>;
  readonly reader: BenchProcess<ReaderOrder, Seen>;
}

export const freshness: Section = {
  name: 'freshness',
  title: 'How long after its commit an event can be queried in ClickHouse',
  run: (context) =>
    withWaybillOutbox(context.engines, 'bench_freshness', async ({ options: databases }) => {
      const { databaseUrl } = databases;
      const setup: ProducerSetup = { databaseUrl };
      const readerSetup: ReaderSetup = databases;
      const producer = await startBenchProcess<ProducerOrder, Produced>(moduleOf('producer'), setup);
      try {
        const reader = await startBenchProcess<ReaderOrder, Seen>(moduleOf('reader'), readerSetup);
        try {
          return toFreshnessResult(await measureAll(context, databases, { producer, reader }));
        } finally {
          await reader.stop();
        }
      } finally {
        await producer.stop();
      }
    }),
};

function moduleOf(name: 'producer' | 'reader' | 'worker'): URL {
  return new URL(`./freshness/${name}.js`, import.meta.url);
}

async function measureAll(
  { quick: isQuick, say }: BenchContext,
  databases: WaybillDatabases,
  processes: Processes,
): Promise<FreshnessMeasurement[]> {
  const length = isQuick ? quick : full;
  const measurements: FreshnessMeasurement[] = [];
  let sequence = 0;
  for (const scenario of length.scenarios) {
    say(`freshness: ${scenario.label}`);
    const measurement = await measure(databases, processes, scenario, length, sequence);
    sequence += measurement.events;
    await assertNothingLostOrDoubled(databases, sequence);
    measurements.push(measurement);
  }
  return measurements;
}

async function measure(
  databases: WaybillDatabases,
  { producer, reader }: Processes,
  scenario: Scenario,
  { scenarioMs, windows }: Length,
  firstSequence: number,
): Promise<FreshnessMeasurement> {
  const worker = await startBenchProcess<never, never>(moduleOf('worker'), {
    ...databases,
    ...scenario.worker,
    logEventsPartitionQuantity: batchEvents,
  });
  try {
    await reader.ask({ kind: 'watch' });
    const produced = await producer.ask({
      transactionsPerSecond: scenario.transactionsPerSecond,
      durationMs: scenarioMs,
      multipleOf: batchEvents,
      firstSequence,
    });
    const events = produced.committedMs.length;
    const seen = await seeAll(reader, events);
    const delays = delaysSeconds(firstSequence, produced, seen);
    return {
      scenario,
      events,
      transactionsPerSecond: (events / produced.elapsedMs) * 1_000,
      batches: seen.batches,
      windows: toWindows(delays, windows, warmUpShare),
      delaysSeconds: delays,
    };
  } finally {
    await worker.stop();
  }
}

/** Waits until as many events have been seen; whether they are the right ones is found out afterwards. */
async function seeAll(reader: Processes['reader'], events: number): Promise<Seen> {
  for (const deadlineMs = performance.now() + deliveryDeadlineMs; performance.now() < deadlineMs;) {
    if ((await reader.ask({ kind: 'count' })).events >= events) break;
    await pause(100);
  }
  return reader.ask({ kind: 'collect' });
}
