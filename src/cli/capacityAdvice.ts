import { assumptions } from '../capacity/assumptions.js';
import { batchEventsChoices } from '../capacity/delivery.js';
import { drainCosts } from '../capacity/measuredCosts.js';
import type { CapacityPlan } from '../capacity/plan.js';
import { formatNumber, formatTime } from './quantities.js';

/** Of the time of a batch, from which on it is worth saying. */
const fixedShareMany = 0.25;
/** Of a deduplication window; each is an entry in memory, or in Keeper. */
const blocksMax = 100_000;

/** What follows from the figures: sentences, the gravest first. */
export function capacityAdvice(plan: CapacityPlan): string[] {
  return [
    ...freshnessAdvice(plan),
    ...batchAdvice(plan),
    ...serversAdvice(plan),
    partsAdvice(plan),
    ...tokenAdvice(plan),
    measuredAdvice(plan),
  ];
}

function freshnessAdvice({ delivery, demand }: CapacityPlan): string[] {
  if (delivery.freshnessMaxMs <= demand.freshnessMs) return [];
  return [
    `${formatTime(demand.freshnessMs)} cannot be held: ${formatTime(delivery.freshnessMaxMs)} can. ` +
      'A run takes the time that its batches take, and each of them its fixed time and its round trips.',
  ];
}

function batchAdvice({ delivery, costs }: CapacityPlan): string[] {
  const { batchesPerRun, batchEventsMax, batchMs } = delivery;
  const fixedShare = (costs.time.perBatch * 1_000) / batchMs;
  if (batchesPerRun === 1 || fixedShare < fixedShareMany) return [];
  return [
    `${formatNumber(100 * fixedShare)} % of the time of a batch of ${formatNumber(batchEventsMax)} is its fixed cost. ` +
      `Raise LOG_EVENTS_PARTITION_QUANTITY to ${formatNumber(batchEventsChoices[0])} or more.`,
  ];
}

function serversAdvice({ servers }: CapacityPlan): string[] {
  if (servers.count === 1) return [];
  const decides = servers.limits[0]?.name;
  const instead =
    decides === 'streams' || decides === 'worker_cpu'
      ? 'Larger batches would take fewer servers.'
      : 'Events are captured where the business change is, so the business data is sharded the same way.';
  return [
    'The outboxes share nothing but the table in ClickHouse. A deduplication token is the id of a batch, which is ' +
      `unique everywhere. ${instead}`,
  ];
}

function partsAdvice({ clickhouse, delivery }: CapacityPlan): string {
  const { partsPerSecond } = clickhouse;
  const parts = `${formatNumber(partsPerSecond)} inserts a second into one table`;
  if (partsPerSecond <= assumptions.insertsPerSecondAdvised)
    return `${parts}: ClickHouse recommends around one, or fewer.`;
  if (partsPerSecond <= assumptions.insertsPerSecondMany)
    return (
      `${parts} are more than the one or so that ClickHouse recommends. A server that keeps up with its merges takes ` +
      'them; waybill doctor tells (PARTS_MANY) when it does not. A longer --freshness makes fewer.'
    );
  return (
    `${parts} are many for its merges. Allow a longer --freshness` +
    (delivery.batchesPerRun > 1 ? ', make LOG_EVENTS_PARTITION_QUANTITY larger,' : '') +
    ' or spread the table over shards of ClickHouse.'
  );
}

function tokenAdvice({ clickhouse }: CapacityPlan): string[] {
  const { tokensRememberedSeconds, partsPerSecond } = clickhouse;
  const { deduplicationSecondsMin, blocksPerBatch } = assumptions;
  if (tokensRememberedSeconds >= deduplicationSecondsMin) return [];
  const blocks = Math.ceil((deduplicationSecondsMin * blocksPerBatch * partsPerSecond) / 10_000) * 10_000;
  const forgets =
    `The table forgets a token after ${formatTime(tokensRememberedSeconds * 1_000)}, ` +
    'and an insert may arrive later. ';
  if (blocks > blocksMax) return [`${forgets}Make fewer batches.`];
  return [
    `${forgets}Set its non_replicated_deduplication_window, or replicated_deduplication_window, to ${String(blocks)}.`,
  ];
}

function measuredAdvice({ demand }: CapacityPlan): string {
  const measuredMax = Math.max(...drainCosts.map(({ rowsPerSecond }) => rowsPerSecond));
  const beyond =
    demand.eventsPerSecond > measuredMax
      ? `more than ${formatNumber(measuredMax)} events a second were never measured here, and `
      : '';
  return (
    `Computed from costs that were measured on one small machine: ${beyond}yours will differ. ` +
    'docs/capacity.md says what is measured and what is assumed.'
  );
}
