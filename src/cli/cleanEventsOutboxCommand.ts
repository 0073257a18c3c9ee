import { Command } from 'commander';
import { cleanEventsOutbox, type CleanReport } from '../tasks/cleanEventsOutbox.js';
import { fillHorizonMs } from '../tasks/fillHorizon.js';
import { closeOutbox, openOutbox } from '../outbox/database.js';
import { commandContext, stopSignal, type GlobalFlags } from './context.js';
import { formatDuration } from '../durationText.js';
import { printData, table } from './terminal.js';

interface CleanFlags extends GlobalFlags {
  readonly json?: boolean;
}

export const cleanEventsOutboxCommand = new Command('clean-events-outbox')
  .description('run task clean_events_outbox once: remove what is delivered, and nothing else')
  .option('--json', 'print the report as JSON')
  .addHelpText(
    'after',
    `
Asks Postgres only, so it runs where ClickHouse cannot be reached.
The partition that is being written is left alone while it fills fast: its events go with it, once it is full.

Examples:
  $ waybill clean-events-outbox`,
  )
  .action(async (_flags: CleanFlags, command: Command) => {
    const flags = command.optsWithGlobals<CleanFlags>();
    const { options } = commandContext(flags, ['databaseUrl']);
    const outbox = openOutbox({
      databaseUrl: options.databaseUrl ?? '',
      schema: options.schema,
      connectionsMax: 2,
    });
    try {
      const { eventPartitionSize, historyRetentionInDays, outboxCleanInMinutes } = options;
      const report = await cleanEventsOutbox(
        {
          outbox,
          eventPartitionSize,
          historyRetentionDays: historyRetentionInDays,
          fillHorizonMs: fillHorizonMs(outboxCleanInMinutes),
        },
        stopSignal(),
      );
      printData(flags.json === true ? JSON.stringify(report, null, 2) : describeCleaning(report));
    } finally {
      await closeOutbox(outbox);
    }
  });

function describeCleaning(report: CleanReport): string {
  const { dropped, emptied, locked } = report.partitions;
  const later = emptied.length + locked.length;
  return table([
    [
      'partitions dropped',
      `${String(dropped.length)}${later === 0 ? '' : `, ${String(later)} more when their lock is free`}`,
    ],
    ['events deleted', report.eventsDeleted.toLocaleString('en')],
    ...(report.eventsLeft === 0
      ? []
      : [
          ['events left', `${report.eventsLeft.toLocaleString('en')}, which go when their partition is full`],
        ]),
    ['batches cleaned', report.batchesCleaned.toLocaleString('en')],
    ['partitions made', String(report.partitionsMade.length)],
    [
      'records past retention',
      `${String(report.history.batches)} batches, ${String(report.history.attempts)} attempts, ${String(report.history.runs)} runs`,
    ],
    ['took', formatDuration(report.durationMs)],
  ]);
}
