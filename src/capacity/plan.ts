import { assumptions } from './assumptions.js';
import { batchCosts, costOfBatch, costOfEvent, type BatchCosts } from './batchCost.js';
import { captureCpuSeconds, outboxBytesPerEvent, walBytesPerEvent } from './captureCost.js';
import { planCleaning, type CleaningPlan } from './cleaning.js';
import { planDelivery, type DeliveryPlan } from './delivery.js';
import { completeDemand, type CapacityDemand, type CapacityRequest } from './demand.js';
import { measuredCosts, measuredOn } from './measuredCosts.js';
import { planServers, type ServersPlan } from './servers.js';

/** What it takes. Figures of `delivery`, `cores.node`, `cores.postgres…`, `cleaning` are those of one outbox. */
export interface CapacityPlan {
  readonly demand: CapacityDemand;
  readonly costs: BatchCosts;
  readonly servers: ServersPlan;
  readonly delivery: DeliveryPlan;
  readonly cleaning: CleaningPlan;
  /** Cores kept busy: CPU seconds in each second. */
  readonly cores: {
    readonly nodeOfOutbox: number;
    readonly postgresCaptureOfOutbox: number;
    readonly postgresDeliveryOfOutbox: number;
    readonly clickhouseTotal: number;
  };
  /** Connections to one Postgres server. */
  readonly connections: { readonly ofWorkerMax: number; readonly ofOutboxMax: number };
  readonly bytesPerSecond: {
    readonly walOfOutbox: number;
    /** Out of one Postgres server to its worker, and the same again from there to ClickHouse. */
    readonly networkOfOutbox: number;
    readonly networkIntoClickHouse: number;
  };
  readonly clickhouse: {
    readonly partsPerSecond: number;
    readonly bytesPerDay: number;
    /** How much smaller than as COPY text the records are on disk. */
    readonly compression: number;
    /** How long the table remembers the token of a batch, in seconds. */
    readonly tokensRememberedSeconds: number;
  };
}

/** Computes what a number of events a second takes, from measured costs. Asks no database. */
export function planCapacity(request: CapacityRequest): CapacityPlan {
  const demand = completeDemand(request);
  const { bytesPerEvent } = demand;
  const costs = batchCosts(bytesPerEvent);
  const servers = planServers(demand, costs);
  const { eventsPerSecondEach: rate, count } = servers;
  const delivery = planDelivery({ ...demand, eventsPerSecond: rate }, costs);
  const { batchesPerSecond, eventsPerBatch, concurrency } = delivery;
  const connectionsMax = 2 * concurrency + 2;
  const partsPerSecond = batchesPerSecond * count;
  const compression = measuredOn.bytesPerEvent / measuredCosts.clickhouseDisk.value;
  return {
    demand,
    costs,
    servers,
    delivery,
    cleaning: planCleaning(rate, outboxBytesPerEvent(bytesPerEvent)),
    cores: {
      nodeOfOutbox: batchesPerSecond * costOfBatch(costs.node, eventsPerBatch),
      postgresCaptureOfOutbox: rate * captureCpuSeconds(bytesPerEvent),
      postgresDeliveryOfOutbox: batchesPerSecond * costOfBatch(costs.postgres, eventsPerBatch),
      clickhouseTotal: demand.eventsPerSecond * costOfEvent(costs.clickhouse, eventsPerBatch),
    },
    connections: {
      ofWorkerMax: connectionsMax,
      ofOutboxMax: connectionsMax * assumptions.workersPerOutbox,
    },
    bytesPerSecond: {
      walOfOutbox: rate * walBytesPerEvent(bytesPerEvent) + batchesPerSecond * measuredCosts.batchWal.value,
      networkOfOutbox: rate * bytesPerEvent,
      networkIntoClickHouse: demand.eventsPerSecond * bytesPerEvent,
    },
    clickhouse: {
      partsPerSecond,
      bytesPerDay: (demand.eventsPerSecond * 86_400 * bytesPerEvent) / compression,
      compression,
      tokensRememberedSeconds:
        assumptions.deduplicationWindowBlocks / (assumptions.blocksPerBatch * partsPerSecond),
    },
  };
}
