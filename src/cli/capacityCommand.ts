import { Command } from 'commander';
import { assumptions } from '../capacity/assumptions.js';
import { measuredOn } from '../capacity/measuredCosts.js';
import { planCapacity, type CapacityPlan } from '../capacity/plan.js';
import { parseDecimalWithin, parseWholeNumberWithin } from './arguments.js';
import type { GlobalFlags } from './context.js';
import { describeCapacity } from './describeCapacity.js';
import { parseDurationWithin } from './durations.js';
import { printData } from './terminal.js';

interface CapacityFlags extends GlobalFlags {
  readonly eventsPerSecond: number;
  readonly bytesPerEvent?: number;
  readonly batch?: number;
  /** Milliseconds. */
  readonly freshness?: number;
  readonly networkMs?: number;
  readonly postgresCores?: number;
  readonly explain?: boolean;
  readonly json?: boolean;
}

export const capacityCommand = new Command('capacity')
  .description('compute what a number of events a second takes: options, cores, disk, servers')
  .requiredOption(
    '--events-per-second <number>',
    'events that are captured in a second',
    parseDecimalWithin(0.001, 1_000_000_000),
  )
  .option(
    '--bytes-per-event <number>',
    `of one event as COPY writes it (default: ${String(measuredOn.bytesPerEvent)})`,
    parseWholeNumberWithin(100, 300_000),
  )
  .option(
    '--batch <number>',
    'LOG_EVENTS_PARTITION_QUANTITY (default: a recommended one)',
    parseWholeNumberWithin(1, 1_000_000),
  )
  .option(
    '--freshness <duration>',
    'longest time from commit to queryable (default: 1s)',
    parseDurationWithin('120ms', '24h'),
  )
  .option(
    '--network-ms <number>',
    'a round trip from the worker to either database (default: 1)',
    parseDecimalWithin(0, 10_000),
  )
  .option(
    '--postgres-cores <number>',
    `cores of one Postgres server, of which a share of ${String(assumptions.postgresShare)} is used (default: ${String(assumptions.postgresCores)})`,
    parseWholeNumberWithin(1, 1_024),
  )
  .option('--explain', 'show the computation of each figure')
  .option('--json', 'print the figures as JSON')
  .addHelpText(
    'after',
    `
Pure arithmetic on measured costs; asks no database. docs/capacity.md lists the costs and what is assumed.
In JSON, delivery, cleaning and connections are those of one Postgres server; what else is of one ends in
OfOutbox or Each.

Examples:
  $ waybill capacity --events-per-second 5000
  $ waybill capacity --events-per-second 1000000 --freshness 5s --explain
  $ waybill capacity --events-per-second 20000 --json | jq .servers.count`,
  )
  .action((_flags: CapacityFlags, command: Command) => {
    const flags = command.optsWithGlobals<CapacityFlags>();
    const plan: CapacityPlan = planCapacity({
      eventsPerSecond: flags.eventsPerSecond,
      bytesPerEvent: flags.bytesPerEvent,
      batchEventsMax: flags.batch,
      freshnessMs: flags.freshness,
      networkMs: flags.networkMs,
      postgresCores: flags.postgresCores,
    });
    printData(
      flags.json === true ? JSON.stringify(plan, null, 2) : describeCapacity(plan, flags.explain === true),
    );
  });
