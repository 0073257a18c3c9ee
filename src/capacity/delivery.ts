import { settings } from '../config/settings.js';
import { assumptions } from './assumptions.js';
import { costOfBatch, costOfEvent, type BatchCosts } from './batchCost.js';
import type { CapacityDemand } from './demand.js';

/**
 * Sizes of batches that are recommended. Below, the fixed cost of a batch weighs more and more; above, there is next to
 * nothing of it left to be saved, and a batch that fails is sent again whole.
 */
export const batchEventsChoices = [10_000, 20_000, 50_000, 100_000] as const;

/** The largest DELIVERY_CONCURRENCY. */
export const streamsMax = 16;

/** How one outbox is delivered. */
export interface DeliveryPlan {
  /** LOG_EVENTS_PARTITION_QUANTITY. */
  readonly batchEventsMax: number;
  /** LOG_SENDING_FREQUENCY_IN_MINUTES, in milliseconds. Every run sends all that is there: the longest wait is 0. */
  readonly intervalMs: number;
  /** DELIVERY_CONCURRENCY. */
  readonly concurrency: number;
  readonly batchesPerRun: number;
  readonly batchesPerSecond: number;
  /** On average. */
  readonly eventsPerBatch: number;
  /** From the claim of a batch to its mark. */
  readonly batchMs: number;
  /** From the begin of a run until its last batch is queryable. */
  readonly runMs: number;
  /** From commit to queryable. */
  readonly freshnessMeanMs: number;
  readonly freshnessMaxMs: number;
  /** Events a second that are delivered when there is a backlog. */
  readonly drainEventsPerSecond: number;
  /** What an hour without ClickHouse takes to be delivered while more events come, in seconds; undefined if never. */
  readonly catchUpSeconds: number | undefined;
}

/**
 * An event that was just missed by one run waits for the next, and then for all that this one sends. So the interval of the
 * runs and the time of one together stay within the freshness that is wanted, with a margin.
 *
 * The longest such interval is taken, since it makes the fewest batches, and so parts in ClickHouse. Where there is none,
 * the shortest in which a run can send what has come.
 */
export function planDelivery(demand: CapacityDemand, costs: BatchCosts): DeliveryPlan {
  const withinMs = assumptions.freshnessShareMax * demand.freshnessMs;
  for (const share of assumptions.intervalShares) {
    const plan = planWithInterval(share * demand.freshnessMs, demand, costs);
    if (plan !== undefined && plan.freshnessMaxMs <= withinMs) return plan;
  }
  for (
    let intervalMs = shortestIntervalMs(demand.freshnessMs);
    intervalMs <= longestMs;
    intervalMs *= intervalGrowth
  ) {
    const plan = planWithInterval(intervalMs, demand, costs);
    if (plan !== undefined) return plan;
  }
  throw new Error(
    'More events come than a run can send, however long the interval; servers.ts allows for that.',
  );
}

/** No interval of a plan is shorter: half of the freshness, and what the option takes. */
export function shortestIntervalMs(freshnessMs: number): number {
  const shortestShare = Math.min(...assumptions.intervalShares);
  return Math.max(assumptions.sendingIntervalMsMin, Math.round(shortestShare * freshnessMs));
}

const longestMs = 7 * 86_400_000;
/** From one interval that is tried to the next. */
const intervalGrowth = 1.1;

/**
 * Of the sizes of batches with which a run leaves enough of the interval unused, the one that makes the fewest batches; of
 * equals the smallest. Undefined when there is none.
 */
function planWithInterval(
  wantedMs: number,
  demand: CapacityDemand,
  costs: BatchCosts,
): DeliveryPlan | undefined {
  const intervalMs = Math.max(assumptions.sendingIntervalMsMin, Math.round(wantedMs));
  const choices: readonly number[] =
    demand.batchEventsMax === undefined ? batchEventsChoices : [demand.batchEventsMax];
  const plans = choices.flatMap(
    (batchEventsMax) => planWithBatch(batchEventsMax, intervalMs, demand, costs) ?? [],
  );
  return plans.toSorted((one, other) => one.batchesPerRun - other.batchesPerRun)[0];
}

function planWithBatch(
  batchEventsMax: number,
  intervalMs: number,
  demand: CapacityDemand,
  costs: BatchCosts,
): DeliveryPlan | undefined {
  const { eventsPerSecond, networkMs } = demand;
  const eventsPerRun = (eventsPerSecond * intervalMs) / 1_000;
  const batchesPerRun = Math.max(1, Math.ceil(eventsPerRun / batchEventsMax));
  // Where less than one event comes in an interval, most runs find none.
  const batchesPerSecond = Math.min(eventsPerSecond, (batchesPerRun * 1_000) / intervalMs);
  const eventsPerBatch = eventsPerSecond / batchesPerSecond;
  const batchMs = msOfBatch(costs, eventsPerBatch, networkMs);
  const concurrency = chooseConcurrency(batchesPerRun, batchMs, intervalMs);
  if (concurrency === undefined) return undefined;
  const runMs = Math.ceil(batchesPerRun / concurrency) * batchMs;
  const drainEventsPerSecond = Math.min(
    (concurrency * batchEventsMax * 1_000) / msOfBatch(costs, batchEventsMax, networkMs),
    1 / costOfEvent(costs.node, batchEventsMax),
  );
  const spare = drainEventsPerSecond - eventsPerSecond;
  return {
    batchEventsMax,
    intervalMs,
    concurrency,
    batchesPerRun,
    batchesPerSecond,
    eventsPerBatch,
    batchMs,
    runMs,
    freshnessMeanMs: intervalMs / 2 + runMs,
    freshnessMaxMs: intervalMs + runMs,
    drainEventsPerSecond,
    catchUpSeconds: spare > 0 ? (eventsPerSecond * 3_600) / spare : undefined,
  };
}

/** The fewest streams, but no fewer than the default, with which a run leaves enough of the interval unused. */
function chooseConcurrency(batchesPerRun: number, batchMs: number, intervalMs: number): number | undefined {
  for (let streams = settings.deliveryConcurrency.default; streams <= streamsMax; streams += 1)
    if (Math.ceil(batchesPerRun / streams) * batchMs <= assumptions.busyShareMax * intervalMs) return streams;
  return undefined;
}

/** How long one stream takes for a batch of that many events, in milliseconds. */
export function msOfBatch(costs: BatchCosts, events: number, networkMs: number): number {
  return costOfBatch(costs.time, events) * 1_000 + assumptions.roundTripsPerBatch * networkMs;
}
