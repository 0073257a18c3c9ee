import { Command } from 'commander';
import type { RunEnd, RunReport } from '../delivery/runReport.js';
import { openDelivery } from '../tasks/openDelivery.js';
import { processEvents } from '../tasks/processEvents.js';
import { commandContext, stopSignal, type GlobalFlags } from './context.js';
import { formatDuration } from '../durationText.js';
import { parseDuration } from './durations.js';
import { exitCodeOfRun } from './exitCodes.js';
import { printData, ProgressLine, table } from './terminal.js';

interface ProcessEventsFlags extends GlobalFlags {
  readonly ttl?: number;
  readonly json?: boolean;
}

export const processEventsCommand = new Command('process-events')
  .description('run task process_events once: deliver what is there, then end')
  .option('--ttl <duration>', 'working time of this run, for example 30s or 5m', parseDuration)
  .option('--json', 'print the report as JSON')
  .addHelpText(
    'after',
    `
Ends when fewer records than LOG_EVENTS_PARTITION_QUANTITY are left, the ttl is over, or a batch
has failed more often than FAILED_LOG_SENDING_RETRIES allows. Nothing is lost in any case.

Examples:
  $ waybill process-events
  $ waybill process-events --ttl 30s --json`,
  )
  .action(async (_flags: ProcessEventsFlags, command: Command) => {
    const flags = command.optsWithGlobals<ProcessEventsFlags>();
    const { options, logger } = commandContext(flags, ['databaseUrl', 'clickhouseUrl']);
    const { eventPartitionSize } = options;
    const delivery = openDelivery(options, logger);
    const { outbox, service } = delivery;
    try {
      const progress = new ProgressLine();
      const report = await processEvents(
        { outbox, service, eventPartitionSize, logger },
        {
          ttl: flags.ttl,
          signal: stopSignal(),
          onProgress: ({ eventsDelivered, batchesDelivered, attemptsFailed }) => {
            const failed =
              attemptsFailed === 0 ? '' : `, ${attemptsFailed.toLocaleString('en')} attempts failed`;
            const delivered = `delivered ${eventsDelivered.toLocaleString('en')} events`;
            progress.show(`${delivered} in ${batchesDelivered.toLocaleString('en')} batches${failed}`);
          },
        },
      );
      progress.clear();
      printData(flags.json === true ? JSON.stringify(report, null, 2) : describeRun(report));
      process.exitCode = exitCodeOfRun(report.endedBecause);
    } finally {
      await delivery.close();
    }
  });

const endTexts: Readonly<Record<RunEnd, string>> = {
  drained: 'fewer records than a batch are left',
  ttl_over: 'its ttl is over',
  stopped: 'it was stopped',
  retries_exhausted: 'a batch failed too often; it awaits delivery again',
  too_many_rejected: 'ClickHouse refuses too many events for their data: waybill quarantine list tells why',
  misconfigured: 'ClickHouse cannot take events as it is set up',
  failed: 'the service itself failed',
};

function describeRun(report: RunReport): string {
  const perSecond = report.durationMs === 0 ? 0 : (report.eventsDelivered / report.durationMs) * 1_000;
  const rows = [
    ['ended because', endTexts[report.endedBecause]],
    ['events delivered', report.eventsDelivered.toLocaleString('en')],
    ['batches delivered', report.batchesDelivered.toLocaleString('en')],
    ['attempts failed', report.attemptsFailed.toLocaleString('en')],
    [
      'events quarantined',
      `${report.eventsQuarantined.toLocaleString('en')}${report.eventsQuarantined === 0 ? '' : ': waybill quarantine list'}`,
    ],
    ['sent', `${(report.bytesDelivered / 1_000_000).toFixed(1)} MB`],
    ['took', `${formatDuration(report.durationMs)} (${Math.round(perSecond).toLocaleString('en')} events/s)`],
    ...(report.error === undefined ? [] : [['last error', `${report.error.code}: ${report.error.text}`]]),
  ];
  return table(rows);
}
