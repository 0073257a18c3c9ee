import { Command } from 'commander';
import { Worker } from '../tasks/worker.js';
import { aborted, commandContext, stopSignal, type GlobalFlags } from './context.js';

export const workerCommand = new Command('worker')
  .description('run process_events and clean_events_outbox at their intervals, until stopped')
  .addHelpText(
    'after',
    `
SIGINT or SIGTERM stops it: batches under way are finished, and nothing stays claimed.
Any number of workers may run; each task runs in one of them at a time.

Examples:
  $ waybill worker
  $ LOG_SENDING_FREQUENCY_IN_MINUTES=1 waybill worker`,
  )
  .action(async (_flags: GlobalFlags, command: Command) => {
    const { options, logger } = commandContext(command.optsWithGlobals<GlobalFlags>(), [
      'databaseUrl',
      'clickhouseUrl',
      'taskEngine',
    ]);
    const stop = stopSignal();
    const worker = new Worker(options, logger);
    try {
      await worker.start();
      await aborted(stop);
    } finally {
      await worker.stop();
    }
  });
