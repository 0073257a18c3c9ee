import { Command } from 'commander';
import { isTableEmpty } from '../eventlog/isTableEmpty.js';
import { assertPostgresMigrated } from '../migration/migrate.js';
import { reconcile } from '../reconcile/reconcile.js';
import { remainingDifferences } from '../reconcile/report.js';
import { openDelivery } from '../tasks/openDelivery.js';
import { WaybillError } from '../waybillError.js';
import { operatorName, parseMoment } from './arguments.js';
import { commandContext, stopSignal, type GlobalFlags } from './context.js';
import { describeReconciliation } from './describeReconciliation.js';
import { exitCodes } from './exitCodes.js';
import { printData, ProgressLine } from './terminal.js';

interface ReconcileFlags extends GlobalFlags {
  readonly since: Date;
  readonly until?: Date;
  readonly repair?: boolean;
  readonly yes?: boolean;
  readonly by: string;
  readonly reason?: string;
  readonly json?: boolean;
}

export const reconcileCommand = new Command('reconcile')
  .description('compare, batch by batch, what Postgres says was delivered with what ClickHouse holds')
  .requiredOption(
    '--since <when>',
    'batches delivered since then: a duration such as 24h, or a date such as 2026-01-31',
    parseMoment,
  )
  .option('--until <when>', 'batches delivered before then (default: now)', parseMoment)
  .option('--repair', 'mend what differs')
  .option('--yes', 'with --repair: also where the table is empty, and everything is sent again')
  .option('--by <name>', 'with --repair: who does so, for the record', operatorName())
  .option('--reason <text>', 'with --repair: why, for the record')
  .option('--json', 'print the report as JSON')
  .addHelpText(
    'after',
    `
Rows and events are counted for every batch; content is compared as well while the outbox still holds it, that
is until it is cleaned. Each database counts and hashes by itself; no event travels.

What is named:
  missing     ClickHouse holds none of the batch's rows
  short       it lacks some of its events
  doubled     it has all of them, some more than once
  different   it has as many, with other content
  stray       it holds rows of a batch of which it should hold none

--repair puts another batch with the same events in the place of one that differs, as long as the outbox has
them. The next run of process_events deletes what ClickHouse holds of the old one and then sends it.

Exit codes: 0 nothing differs, or all was repaired; 1 something still differs; 2 wrong use; 3 a database is
not as needed.

Examples:
  $ waybill reconcile --since 24h
  $ waybill reconcile --since 2026-01-31 --until 2026-02-01 --json
  $ waybill reconcile --since 7d --repair --reason 'a partition was dropped by mistake'`,
  )
  .action(async (_flags: ReconcileFlags, command: Command) => {
    const flags = command.optsWithGlobals<ReconcileFlags>();
    const until = flags.until ?? new Date();
    if (flags.by === '') command.error('error: --by received ""; allowed: a name');
    if (flags.since >= until) command.error('error: --since must be before --until');
    const { options, logger } = commandContext(flags, ['databaseUrl', 'clickhouseUrl']);
    const delivery = openDelivery(options, logger);
    try {
      await assertPostgresMigrated(delivery.outbox);
      if (flags.repair === true && flags.yes !== true && (await isTableEmpty(delivery.eventLog))) {
        const { clickhouseDatabase: database, clickhouseTable: table } = options;
        throw new WaybillError(
          'TABLE_EMPTY',
          `${database}.${table} holds no row at all, so everything would be sent again. Nothing was done. Is it the right table ` +
            '(waybill config)? If its rows are really gone, add --yes.',
        );
      }
      const progress = new ProgressLine();
      const report = await reconcile(delivery, {
        since: flags.since,
        until,
        repair: flags.repair === true ? { performedBy: flags.by, reason: flags.reason } : undefined,
        signal: stopSignal(),
        onProgress: (batches) => {
          progress.show(`compared ${batches.toLocaleString('en')} batches`);
        },
      });
      progress.clear();
      printData(
        flags.json === true ? JSON.stringify(report, null, 2) : describeReconciliation(report, new Date()),
      );
      const isIncomplete = report.ended !== 'complete';
      if (remainingDifferences(report).length > 0 || isIncomplete) process.exitCode = exitCodes.failed;
    } finally {
      await delivery.close();
    }
  });
