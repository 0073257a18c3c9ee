import { assumptions } from './assumptions.js';
import type { BatchCosts, LinearCost } from './batchCost.js';
import { captureCpuSeconds, walBytesPerEvent } from './captureCost.js';
import { batchEventsChoices, msOfBatch, shortestIntervalMs, streamsMax } from './delivery.js';
import type { CapacityDemand } from './demand.js';
import { measuredCosts } from './measuredCosts.js';

export type ServerLimitName = 'postgres_cpu' | 'wal' | 'worker_cpu' | 'streams';

/** What one Postgres server with its outbox and its worker carries. */
export interface ServerLimit {
  readonly name: ServerLimitName;
  readonly eventsPerSecondMax: number;
}

export interface ServersPlan {
  /** Postgres servers, each with an outbox and workers of its own. */
  readonly count: number;
  readonly eventsPerSecondEach: number;
  /** The lowest first: that is the one which decides. */
  readonly limits: readonly ServerLimit[];
  /** What the limits were computed with: full batches, and one that is not in each of the shortest intervals. */
  readonly batchEvents: number;
  readonly intervalSeconds: number;
}

/** One is kept to spare: the batches of a run are seldom a multiple of the streams. */
export const streamsCounted = streamsMax - 1;

/**
 * Over how many Postgres servers the outbox is to be sharded.
 *
 * Within one outbox delivery is not sharded: one worker at a time runs process_events, since its one core carries more
 * than the Postgres server that it delivers from.
 */
export function planServers(demand: CapacityDemand, costs: BatchCosts): ServersPlan {
  // The smallest that may be chosen: the costs of larger ones are lower.
  const batchEvents = demand.batchEventsMax ?? batchEventsChoices[0];
  const intervalSeconds = shortestIntervalMs(demand.freshnessMs) / 1_000;
  const { bytesPerEvent, postgresCores, networkMs } = demand;
  const { postgresShare, busyShareMax, walBytesPerSecondMax } = assumptions;
  const carried = (total: number, { perBatch, perEvent }: LinearCost): number =>
    (total - perBatch / intervalSeconds) / (perEvent + perBatch / batchEvents);
  const postgres = withCapture(costs.postgres, captureCpuSeconds(bytesPerEvent));
  const wal = { perBatch: measuredCosts.batchWal.value, perEvent: walBytesPerEvent(bytesPerEvent) };
  const streamsPerBatch = msOfBatch(costs, batchEvents, networkMs) / 1_000;
  const limits: ServerLimit[] = [
    { name: 'postgres_cpu', eventsPerSecondMax: carried(postgresCores * postgresShare, postgres) },
    { name: 'wal', eventsPerSecondMax: carried(walBytesPerSecondMax, wal) },
    { name: 'worker_cpu', eventsPerSecondMax: carried(busyShareMax, costs.node) },
    { name: 'streams', eventsPerSecondMax: (busyShareMax * streamsCounted * batchEvents) / streamsPerBatch },
  ];
  limits.sort((one, other) => one.eventsPerSecondMax - other.eventsPerSecondMax);
  const lowest = Math.min(...limits.map(({ eventsPerSecondMax }) => eventsPerSecondMax));
  const count = Math.ceil(demand.eventsPerSecond / lowest);
  return {
    count,
    eventsPerSecondEach: demand.eventsPerSecond / count,
    limits,
    batchEvents,
    intervalSeconds,
  };
}

function withCapture({ perBatch, perEvent }: LinearCost, captureSeconds: number): LinearCost {
  return { perBatch, perEvent: perEvent + captureSeconds };
}
