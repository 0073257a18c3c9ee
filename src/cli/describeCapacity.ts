import { assumptions } from '../capacity/assumptions.js';
import type { CapacityPlan } from '../capacity/plan.js';
import { settings } from '../config/settings.js';
import { capacityAdvice } from './capacityAdvice.js';
import { capacityParts, type CapacityPart } from './capacityFigures.js';
import { formatBytes, formatNumber, formatTime } from './quantities.js';
import { paint, wrap } from './terminal.js';

const columns = 80;
const labelWidth = 21;

/** The plan as text of 80 columns. `explain`: with the computation under each figure. */
export function describeCapacity(plan: CapacityPlan, explain: boolean): string {
  return [
    describeHead(plan),
    [paint('bold', 'Options of each worker'), describeOptions(plan)].join('\n'),
    ...capacityParts(plan).map((part) => describePart(part, explain)),
    capacityAdvice(plan)
      .map((text) => wrap(`• ${text}`, 0, 2, columns))
      .join('\n'),
  ].join('\n\n');
}

function describeHead({ demand, servers }: CapacityPlan): string {
  const { eventsPerSecond, bytesPerEvent, freshnessMs, postgresCores } = demand;
  const wanted =
    `${formatNumber(eventsPerSecond)} events a second of ${formatBytes(bytesPerEvent)}, ` +
    `queryable in ClickHouse within ${formatTime(freshnessMs)}`;
  const cores = `${formatNumber(postgresCores)} cores`;
  const shape =
    servers.count === 1
      ? `One Postgres server of ${cores}, its outbox, and ${String(assumptions.workersPerOutbox)} workers: one that delivers, one that takes over when it dies.`
      : `${formatNumber(servers.count)} Postgres servers of ${cores}, each with an outbox of its own and ` +
        `${String(assumptions.workersPerOutbox)} workers, one of which delivers; all into one ClickHouse.`;
  return [paint('bold', wrap(wanted, 0, 0, columns)), wrap(shape, 0, 0, columns)].join('\n');
}

function describeOptions({ delivery, cleaning }: CapacityPlan): string {
  const { intervalMs, batchEventsMax, concurrency } = delivery;
  const rows: [string, string, string][] = [
    [settings.logEventsPartitionQuantity.variable, String(batchEventsMax), ''],
    [
      settings.logSendingFrequencyInMinutes.variable,
      minutesText(intervalMs),
      `a run every ${formatTime(intervalMs)}`,
    ],
    [settings.logEventsMaxWaitInMinutes.variable, '0', 'each run sends all that is there'],
    [settings.deliveryConcurrency.variable, String(concurrency), ''],
    [
      settings.outboxCleanInMinutes.variable,
      String(cleaning.intervalMinutes),
      `a cleaning every ${formatTime(cleaning.intervalMinutes * 60_000)}`,
    ],
    [
      settings.eventPartitionSize.variable,
      String(cleaning.partitionEvents),
      `full in ${formatTime(cleaning.partitionSeconds * 1_000)}`,
    ],
  ];
  return rows
    .map(([variable, value, note]) => `  ${variable.padEnd(34)}${value.padEnd(12)}${note}`.trimEnd())
    .join('\n');
}

/** Minutes as the option takes them, exact to less than a millisecond. */
function minutesText(ms: number): string {
  return String(Number((ms / 60_000).toFixed(5)));
}

function describePart({ title, figures }: CapacityPart, explain: boolean): string {
  const lines = figures.flatMap(({ label, value, steps }) => {
    const line = `  ${label.padEnd(labelWidth)}${value}`;
    if (!explain || steps === undefined) return [line];
    return [line, paint('dim', wrap(`= ${steps}`, labelWidth + 2, labelWidth + 4, columns))];
  });
  return [paint('bold', title), ...lines].join('\n');
}
