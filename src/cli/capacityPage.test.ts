import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assumptions } from '../capacity/assumptions.js';
import { batchCosts, costOfBatch } from '../capacity/batchCost.js';
import { msOfBatch } from '../capacity/delivery.js';
import {
  drainCosts,
  drainSource,
  drainStreams,
  measuredCosts,
  measuredOn,
  type MeasuredCost,
} from '../capacity/measuredCosts.js';
import { planCapacity, type CapacityPlan } from '../capacity/plan.js';
import { describeCapacity } from './describeCapacity.js';
import { formatBytes, formatNumber, formatSeconds, formatTime } from './quantities.js';

// docs/capacity.md shows what the calculator computes. `npx vitest run --project unit capacityPage -u` writes it anew.

const page = '../../docs/capacity.md';
const costs = batchCosts(measuredOn.bytesPerEvent);
const sizes = drainCosts.map(({ batchEvents }) => batchEvents);

/** A table as Prettier would write it. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return rows.flatMap((row, at) => (at === 0 ? [line(row), rule] : [line(row)])).join('\n');
}

function measuredPart(): string {
  const drain = drainCosts.map((cost) => [
    formatNumber(cost.batchEvents),
    formatNumber(cost.rowsPerSecond),
    formatNumber(cost.nodeCpuSecondsPerMillion),
    formatNumber(cost.postgresCpuSecondsPerMillion),
    formatNumber(cost.clickhouseCpuSecondsPerMillion),
  ]);
  const others: readonly MeasuredCost[] = Object.values(measuredCosts);
  return [
    `On ${measuredOn.machine}; ${formatBytes(measuredOn.bytesPerEvent)} an event; a backlog drained by ` +
      `${String(drainStreams)} streams. Source: ${drainSource}.`,
    markdownTable([
      [
        'records in a batch',
        'rows a second',
        'CPU s a million: Node',
        'Postgres, delivery',
        'ClickHouse, insert',
      ],
      ...drain,
    ]),
    markdownTable([
      ['cost', '', 'source'],
      ...others.map(({ meaning, value, unit, source }) => [
        meaning,
        `${formatNumber(value)} ${unit}`,
        source,
      ]),
    ]),
  ].join('\n\n');
}

function linesPart(): string {
  const time = sizes.map((events) => formatSeconds(costOfBatch(costs.time, events)));
  const measured = drainCosts.map(({ batchEvents, rowsPerSecond }) =>
    formatSeconds((drainStreams * batchEvents) / rowsPerSecond),
  );
  return [
    markdownTable([
      ['', 'a, of a batch', 'b, of a record'],
      ...Object.entries({
        'time of one stream': costs.time,
        'CPU of Node': costs.node,
        'CPU of Postgres': costs.postgres,
        'CPU of ClickHouse': costs.clickhouse,
      }).map(([name, { perBatch, perEvent }]) => [name, formatSeconds(perBatch), formatSeconds(perEvent)]),
    ]),
    'How well the line fits:',
    markdownTable([
      ['records in a batch', ...sizes.map(formatNumber)],
      ['time of a batch, measured', ...measured],
      ['by a + b·n', ...time],
    ]),
  ].join('\n\n');
}

function fixedPart(): string {
  return markdownTable([
    ['records in a batch', ...[100, ...sizes].map(formatNumber)],
    [
      'fixed part',
      ...[100, ...sizes].map(
        (events) => `${formatNumber((100 * costs.time.perBatch) / costOfBatch(costs.time, events))} %`,
      ),
    ],
  ]);
}

function networkPart(): string {
  return markdownTable([
    ['round trip', ...sizes.map((events) => `a batch of ${formatNumber(events)}`)],
    ...[0, 1, 10, 50].map((networkMs) => [
      `${String(networkMs)} ms`,
      ...sizes.map((events) => {
        const seconds = msOfBatch(costs, events, networkMs) / 1_000;
        return `${formatSeconds(seconds)}, ${formatNumber(events / seconds)} a second and stream`;
      }),
    ]),
  ]);
}

const limitNames = {
  postgres_cpu: "Postgres's CPU",
  wal: 'its WAL',
  worker_cpu: "the worker's CPU",
  streams: 'the streams',
} as const;

function limitsPart(): string {
  const cores = [4, 16, 64];
  const plans = cores.map((postgresCores) => planCapacity({ eventsPerSecond: 1_000, postgresCores }));
  return markdownTable([
    ['events a second, at most', ...cores.map((count) => `${String(count)} cores`)],
    ...Object.entries(limitNames).map(([name, label]) => [
      label,
      ...plans.map(({ servers }) => {
        const limit = servers.limits.find((candidate) => candidate.name === name);
        return formatNumber(limit?.eventsPerSecondMax ?? NaN);
      }),
    ]),
  ]);
}

function examplesPart(): string {
  const plans = [1_000, 10_000, 100_000, 1_000_000].map((eventsPerSecond) =>
    planCapacity({ eventsPerSecond }),
  );
  const row = (label: string, of: (plan: CapacityPlan) => string): string[] => [label, ...plans.map(of)];
  return markdownTable([
    row('events a second', ({ demand }) => formatNumber(demand.eventsPerSecond)),
    row('Postgres servers', ({ servers }) => formatNumber(servers.count)),
    row('events a second, each', ({ servers }) => formatNumber(servers.eventsPerSecondEach)),
    row('`LOG_EVENTS_PARTITION_QUANTITY`', ({ delivery }) => String(delivery.batchEventsMax)),
    row('`LOG_SENDING_FREQUENCY_IN_MINUTES`', ({ delivery }) =>
      String(Number((delivery.intervalMs / 60_000).toFixed(5))),
    ),
    row('`DELIVERY_CONCURRENCY`', ({ delivery }) => String(delivery.concurrency)),
    row('`OUTBOX_CLEAN_IN_MINUTES`', ({ cleaning }) => String(cleaning.intervalMinutes)),
    row('`EVENT_PARTITION_SIZE`', ({ cleaning }) => String(cleaning.partitionEvents)),
    row('batches a second, each', ({ delivery }) => formatNumber(delivery.batchesPerSecond)),
    row('events in a batch', ({ delivery }) => formatNumber(delivery.eventsPerBatch)),
    row('freshness, longest', ({ delivery }) => formatTime(delivery.freshnessMaxMs)),
    row('cores of Postgres to capture, each', ({ cores }) => formatNumber(cores.postgresCaptureOfOutbox)),
    row('cores of Postgres to deliver, each', ({ cores }) => formatNumber(cores.postgresDeliveryOfOutbox)),
    row('cores of Node, each', ({ cores }) => formatNumber(cores.nodeOfOutbox)),
    row('connections, each', ({ connections }) => String(connections.ofOutboxMax)),
    row('WAL a second, each', ({ bytesPerSecond }) => formatBytes(bytesPerSecond.walOfOutbox)),
    row('outbox until cleaned, each', ({ cleaning }) => formatBytes(cleaning.bytesMax)),
    row('cores of ClickHouse to insert', ({ cores }) => formatNumber(cores.clickhouseTotal)),
    row('inserts a second', ({ clickhouse }) => formatNumber(clickhouse.partsPerSecond)),
    row('network into ClickHouse a second', ({ bytesPerSecond }) =>
      formatBytes(bytesPerSecond.networkIntoClickHouse),
    ),
    row('disk of ClickHouse a day', ({ clickhouse }) => formatBytes(clickhouse.bytesPerDay)),
  ]);
}

function assumptionsPart(): string {
  const percent = (share: number): string => `${formatNumber(100 * share)} %`;
  return markdownTable([
    ['what', 'value'],
    ['cores of a Postgres server, unless told otherwise', String(assumptions.postgresCores)],
    ["of these, for capture and delivery; the rest is the application's", percent(assumptions.postgresShare)],
    ['WAL of a server for the outbox, a second', formatBytes(assumptions.walBytesPerSecondMax)],
    ['of the one core of a Node process, and of the interval of the runs', percent(assumptions.busyShareMax)],
    ['of the freshness that is wanted, what is planned with', percent(assumptions.freshnessShareMax)],
    ['outbox of one server before a cleaning', formatBytes(assumptions.outboxBytesMax)],
    ['a partition lasts at least', formatSeconds(assumptions.partitionSecondsMin)],
    ['partitions filled between two cleanings, at most', String(assumptions.partitionsPerCleaningMax)],
    [
      'inserts a second into one table that are still around the one that ClickHouse recommends',
      String(assumptions.insertsPerSecondAdvised),
    ],
    ['inserts a second from which on it is said to be many', String(assumptions.insertsPerSecondMany)],
    ['blocks whose tokens ClickHouse remembers', formatNumber(assumptions.deduplicationWindowBlocks)],
    ['blocks of a batch, for the months it touches', String(assumptions.blocksPerBatch)],
  ]);
}

function textBlock(text: string): string {
  return ['```text', text, '```'].join('\n');
}

const parts: Readonly<Record<string, () => string>> = {
  'measured costs': measuredPart,
  lines: linesPart,
  'fixed part': fixedPart,
  network: networkPart,
  limits: limitsPart,
  examples: examplesPart,
  '10,000 explained': () => textBlock(describeCapacity(planCapacity({ eventsPerSecond: 10_000 }), true)),
  '1,000,000': () =>
    textBlock(describeCapacity(planCapacity({ eventsPerSecond: 1_000_000, freshnessMs: 5_000 }), false)),
  assumptions: assumptionsPart,
};

describe('docs/capacity.md', () => {
  const text = readFileSync(new URL(page, import.meta.url), 'utf8');
  const marked = /<!-- generated: (.+) -->\n[^]*?<!-- end of generated -->/g;

  it('has a place for each generated part, once', () => {
    expect([...text.matchAll(marked)].map(([, name]) => name).sort()).toEqual(Object.keys(parts).sort());
  });

  it('says that capture decides, which must be so with these costs', () => {
    expect(text).toContain('**The capture decides,**');
    for (const [postgresCores, limit] of [
      [4, 'postgres_cpu'],
      [16, 'postgres_cpu'],
      [48, 'postgres_cpu'],
      [64, 'wal'],
    ] as const) {
      const { servers, cores } = planCapacity({ eventsPerSecond: 1_000, postgresCores });
      expect(servers.limits[0]?.name).toBe(limit);
      expect(cores.postgresDeliveryOfOutbox).toBeLessThan(cores.postgresCaptureOfOutbox / 4);
    }
  });

  it('shows the costs and examples that the calculator has now (written anew with -u)', async () => {
    const expected = text.replaceAll(marked, (before: string, name: string) => {
      const part = parts[name];
      if (part === undefined) return before;
      return `<!-- generated: ${name} -->\n\n${part()}\n\n<!-- end of generated -->`;
    });
    await expect(expected).toMatchFileSnapshot(page);
  });
});
