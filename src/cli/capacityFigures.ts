import { assumptions } from '../capacity/assumptions.js';
import { costOfEvent, type LinearCost } from '../capacity/batchCost.js';
import { captureCpuSeconds, walBytesPerEvent } from '../capacity/captureCost.js';
import type { DeliveryPlan } from '../capacity/delivery.js';
import { measuredCosts } from '../capacity/measuredCosts.js';
import type { CapacityPlan } from '../capacity/plan.js';
import { streamsCounted, type ServerLimit } from '../capacity/servers.js';
import { formatBytes, formatNumber, formatSeconds, formatTime } from './quantities.js';

/** One figure of the plan, and how it comes about. */
export interface CapacityFigure {
  readonly label: string;
  readonly value: string;
  /** The computation whose result `value` is; a reader can follow it with a pocket calculator. */
  readonly steps?: string;
}

export interface CapacityPart {
  readonly title: string;
  readonly figures: readonly CapacityFigure[];
}

/** Every figure of the plan with its computation. */
export function capacityParts(plan: CapacityPlan): CapacityPart[] {
  const { servers } = plan;
  const each = formatNumber(servers.eventsPerSecondEach);
  return [
    {
      title:
        servers.count === 1
          ? 'What one Postgres server carries'
          : 'What one Postgres server carries, and so how many there are',
      figures: serverFigures(plan),
    },
    {
      title: servers.count === 1 ? 'Delivery' : `Delivery, of each outbox: ${each} events a second`,
      figures: deliveryFigures(plan),
    },
    { title: servers.count === 1 ? 'Postgres' : 'Postgres, each server', figures: postgresFigures(plan) },
    { title: 'ClickHouse', figures: clickhouseFigures(plan) },
  ];
}

const limitLabels: Readonly<Record<ServerLimit['name'], string>> = {
  postgres_cpu: 'by its CPU',
  wal: 'by its WAL',
  worker_cpu: "by its worker's CPU",
  streams: 'by its streams',
};

function serverFigures(plan: CapacityPlan): CapacityFigure[] {
  const { servers, demand } = plan;
  const figures = servers.limits.map((limit) => ({
    label: limitLabels[limit.name],
    value: `${formatNumber(limit.eventsPerSecondMax)} events a second`,
    steps: limitSteps(limit, plan),
  }));
  const lowest = servers.limits[0]?.eventsPerSecondMax ?? 0;
  return [
    ...figures,
    {
      label: 'servers',
      value: formatNumber(servers.count),
      steps: `${formatNumber(demand.eventsPerSecond)} ÷ ${formatNumber(lowest)}, rounded up`,
    },
  ];
}

function limitSteps({ name }: ServerLimit, { demand, servers, costs }: CapacityPlan): string {
  const { bytesPerEvent, postgresCores, networkMs } = demand;
  const { batchEvents, intervalSeconds } = servers;
  const share = String(assumptions.busyShareMax);
  const divided = (total: string, perBatch: string, perEvent: string): string =>
    `(${total} − ${perBatch} ÷ ${formatSeconds(intervalSeconds)}) ÷ ` +
    `(${perEvent} + ${perBatch} ÷ ${formatNumber(batchEvents)})`;
  switch (name) {
    case 'postgres_cpu':
      return divided(
        `${formatNumber(postgresCores)} cores × ${String(assumptions.postgresShare)}`,
        formatSeconds(costs.postgres.perBatch),
        `${formatSeconds(captureCpuSeconds(bytesPerEvent))} + ${formatSeconds(costs.postgres.perEvent)}`,
      );
    case 'wal':
      return divided(
        formatBytes(assumptions.walBytesPerSecondMax),
        formatBytes(measuredCosts.batchWal.value),
        formatBytes(walBytesPerEvent(bytesPerEvent)),
      );
    case 'worker_cpu':
      return divided(
        `1 core × ${share}`,
        formatSeconds(costs.node.perBatch),
        formatSeconds(costs.node.perEvent),
      );
    case 'streams':
      return (
        `${String(streamsCounted)} streams × ${share} × ${formatNumber(batchEvents)} ÷ ` +
        `(${lineText(costs.time, batchEvents)} + ${networkText(networkMs)})`
      );
  }
}

function deliveryFigures({ delivery, demand, costs, servers, cores }: CapacityPlan): CapacityFigure[] {
  const { eventsPerBatch, batchesPerSecond, batchesPerRun, intervalMs, batchMs, runMs, concurrency } =
    delivery;
  const rate = servers.eventsPerSecondEach;
  const interval = formatSeconds(intervalMs / 1_000);
  const isSparse = batchesPerSecond === rate;
  return [
    {
      label: 'batches',
      value: `${formatNumber(batchesPerSecond)} a second`,
      steps: isSparse
        ? `${formatNumber(rate)}, each event its own`
        : `${formatNumber(batchesPerRun)} ÷ ${interval}`,
    },
    {
      label: 'events in a batch',
      value: formatNumber(eventsPerBatch),
      steps: `${formatNumber(rate)} ÷ ${formatNumber(batchesPerSecond)}`,
    },
    {
      label: 'time of a batch',
      value: formatSeconds(batchMs / 1_000),
      steps: `${lineText(costs.time, eventsPerBatch)} + ${networkText(demand.networkMs)}`,
    },
    {
      label: 'time of a run',
      value: formatSeconds(runMs / 1_000),
      steps: `${formatNumber(Math.ceil(batchesPerRun / concurrency))} × ${formatSeconds(batchMs / 1_000)}`,
    },
    {
      label: 'freshness, longest',
      value: formatTime(delivery.freshnessMaxMs),
      steps: `${interval} + ${formatSeconds(runMs / 1_000)}`,
    },
    {
      label: 'freshness, mean',
      value: formatTime(delivery.freshnessMeanMs),
      steps: `${interval} ÷ 2 + ${formatSeconds(runMs / 1_000)}`,
    },
    {
      label: 'Node',
      value: formatCores(cores.nodeOfOutbox),
      steps: coreSteps(delivery, costs.node),
    },
    {
      label: 'network',
      value: `${formatBytes(rate * demand.bytesPerEvent)} a second, in and out of the worker`,
      steps: `${formatNumber(rate)} × ${formatBytes(demand.bytesPerEvent)}`,
    },
    {
      label: 'drains a backlog',
      value: `${formatNumber(delivery.drainEventsPerSecond)} events a second`,
      steps: drainSteps(delivery, costs, demand.networkMs),
    },
    ...catchUpFigure(delivery, rate),
  ];
}

function drainSteps(
  { concurrency, batchEventsMax, drainEventsPerSecond }: DeliveryPlan,
  costs: CapacityPlan['costs'],
  networkMs: number,
): string {
  const byNode = 1 / costOfEvent(costs.node, batchEventsMax);
  if (drainEventsPerSecond === byNode) return `1 core ÷ ${formatSeconds(1 / byNode)} of Node`;
  return (
    `${String(concurrency)} streams × ${formatNumber(batchEventsMax)} ÷ ` +
    `(${lineText(costs.time, batchEventsMax)} + ${networkText(networkMs)})`
  );
}

function catchUpFigure(
  { catchUpSeconds, drainEventsPerSecond }: DeliveryPlan,
  rate: number,
): CapacityFigure[] {
  if (catchUpSeconds === undefined) return [];
  if (catchUpSeconds < 1) return [{ label: 'after 1 h of outage', value: 'caught up at once' }];
  return [
    {
      label: 'after 1 h of outage',
      value: `caught up in ${formatTime(catchUpSeconds * 1_000)}`,
      steps: `3,600 s × ${formatNumber(rate)} ÷ (${formatNumber(drainEventsPerSecond)} − ${formatNumber(rate)})`,
    },
  ];
}

function postgresFigures({
  demand,
  servers,
  cores,
  delivery,
  cleaning,
  ...plan
}: CapacityPlan): CapacityFigure[] {
  const rate = formatNumber(servers.eventsPerSecondEach);
  const { bytesPerEvent } = demand;
  const { workersPerOutbox } = assumptions;
  return [
    {
      label: 'capture',
      value: formatCores(cores.postgresCaptureOfOutbox),
      steps: `${rate} × ${formatSeconds(captureCpuSeconds(bytesPerEvent))}`,
    },
    {
      label: 'delivery',
      value: formatCores(cores.postgresDeliveryOfOutbox),
      steps: coreSteps(delivery, plan.costs.postgres),
    },
    {
      label: 'connections',
      value: `at most ${String(plan.connections.ofOutboxMax)}`,
      steps: `${String(workersPerOutbox)} workers × (2 × ${String(delivery.concurrency)} + 2)`,
    },
    {
      label: 'WAL',
      value: `${formatBytes(plan.bytesPerSecond.walOfOutbox)} a second`,
      steps:
        `${rate} × ${formatBytes(walBytesPerEvent(bytesPerEvent))} + ` +
        `${formatNumber(delivery.batchesPerSecond)} × ${formatBytes(measuredCosts.batchWal.value)}`,
    },
    {
      label: 'outbox grows',
      value: `${formatBytes(cleaning.bytesPerHour)} an hour`,
      steps: `${rate} × 3,600 × ${formatBytes(cleaning.bytesPerEvent)}`,
    },
    {
      label: 'until cleaned',
      value: formatBytes(cleaning.bytesMax),
      steps: `${formatBytes(cleaning.bytesPerHour)} × ${formatNumber(cleaning.intervalMinutes)} ÷ 60`,
    },
    {
      label: 'a partition lasts',
      value: formatTime(cleaning.partitionSeconds * 1_000),
      steps: `${formatNumber(cleaning.partitionEvents)} ÷ ${rate} s`,
    },
  ];
}

function clickhouseFigures({
  demand,
  servers,
  delivery,
  costs,
  clickhouse,
  cores,
  bytesPerSecond,
}: CapacityPlan): CapacityFigure[] {
  const rate = formatNumber(demand.eventsPerSecond);
  const { deduplicationWindowBlocks, blocksPerBatch } = assumptions;
  return [
    {
      label: 'inserts, new parts',
      value: `${formatNumber(clickhouse.partsPerSecond)} a second`,
      steps: `${formatNumber(servers.count)} × ${formatNumber(delivery.batchesPerSecond)}`,
    },
    {
      label: 'inserting',
      value: `${formatCores(cores.clickhouseTotal)}, later merges not counted`,
      steps: `${formatNumber(clickhouse.partsPerSecond)} × (${lineText(costs.clickhouse, delivery.eventsPerBatch)})`,
    },
    {
      label: 'network',
      value: `${formatBytes(bytesPerSecond.networkIntoClickHouse)} a second`,
      steps: `${rate} × ${formatBytes(demand.bytesPerEvent)}`,
    },
    {
      label: 'disk',
      value: `${formatBytes(clickhouse.bytesPerDay)} a day and replica, ${formatNumber(clickhouse.compression)} times compressed`,
      steps: `${rate} × 86,400 × ${formatBytes(demand.bytesPerEvent)} ÷ ${formatNumber(clickhouse.compression)}`,
    },
    {
      label: 'remembers tokens',
      value: `for ${formatTime(clickhouse.tokensRememberedSeconds * 1_000)}`,
      steps:
        `${formatNumber(deduplicationWindowBlocks)} ÷ ` +
        `(${String(blocksPerBatch)} × ${formatNumber(clickhouse.partsPerSecond)}) s`,
    },
  ];
}

function coreSteps({ batchesPerSecond, eventsPerBatch }: DeliveryPlan, cost: LinearCost): string {
  return `${formatNumber(batchesPerSecond)} × (${lineText(cost, eventsPerBatch)})`;
}

/** `13.8 ms + 2,500 × 7.96 µs` */
function lineText({ perBatch, perEvent }: LinearCost, events: number): string {
  return `${formatSeconds(perBatch)} + ${formatNumber(events)} × ${formatSeconds(perEvent)}`;
}

function networkText(networkMs: number): string {
  return `${String(assumptions.roundTripsPerBatch)} × ${formatSeconds(networkMs / 1_000)}`;
}

function formatCores(cores: number): string {
  return cores < 0.001 ? 'under 0.001 cores' : `${formatNumber(cores)} cores`;
}
