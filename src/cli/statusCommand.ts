import { Command } from 'commander';
import { assertPostgresMigrated } from '../migration/migrate.js';
import { closeOutbox, openOutbox } from '../outbox/database.js';
import { readBacklog, type Backlog } from '../outbox/readBacklog.js';
import { readRecentRuns, type RecentRun } from '../outbox/readRecentRuns.js';
import { readTasks, type TaskStatus } from '../outbox/readTasks.js';
import { commandContext, type GlobalFlags } from './context.js';
import { formatDuration } from './durations.js';
import { paint, printData, table } from './terminal.js';

interface StatusFlags extends GlobalFlags {
  readonly json?: boolean;
}

interface Status {
  readonly records: Backlog;
  readonly tasks: readonly TaskStatus[];
  readonly runs: readonly RecentRun[];
}

const runsShown = 5;

export const statusCommand = new Command('status')
  .description('show how many records await, are being sent and are delivered, and what the tasks do')
  .option('--json', 'print it as JSON')
  .addHelpText(
    'after',
    `
Asks Postgres only, so it answers when ClickHouse does not.

Examples:
  $ waybill status
  $ waybill status --json | jq .records.awaiting`,
  )
  .action(async (_flags: StatusFlags, command: Command) => {
    const flags = command.optsWithGlobals<StatusFlags>();
    const { options } = commandContext(flags, ['databaseUrl']);
    const outbox = openOutbox({
      databaseUrl: options.databaseUrl ?? '',
      schema: options.schema,
      connectionsMax: 1,
    });
    try {
      await assertPostgresMigrated(outbox);
      const status: Status = {
        records: await readBacklog(outbox),
        tasks: await readTasks(outbox),
        runs: await readRecentRuns(outbox, runsShown),
      };
      printData(flags.json === true ? JSON.stringify(status, null, 2) : describeStatus(status, new Date()));
    } finally {
      await closeOutbox(outbox);
    }
  });

function describeStatus({ records, tasks, runs }: Status, now: Date): string {
  return [
    heading('Records'),
    describeRecords(records, now),
    '',
    heading('Tasks'),
    tasks.length === 0 ? 'No worker has ever started. Start one: waybill worker' : describeTasks(tasks, now),
    '',
    heading('Last runs'),
    runs.length === 0 ? 'None yet.' : describeRuns(runs, now),
  ].join('\n');
}

function heading(text: string): string {
  return paint('bold', text);
}

function describeRecords(records: Backlog, now: Date): string {
  const { awaiting, oldestCapturedAt } = records;
  const age =
    oldestCapturedAt === undefined
      ? ''
      : `oldest ${formatDuration(now.getTime() - oldestCapturedAt.getTime())}`;
  return table([
    ['awaiting delivery', `${records.awaitingIsLowerBound ? '≥ ' : ''}${awaiting.toLocaleString('en')}`, age],
    ['sending', records.sending.toLocaleString('en')],
    ['delivered', records.delivered.toLocaleString('en')],
    ['quarantined', records.quarantined.toLocaleString('en')],
  ]);
}

function describeTasks(tasks: readonly TaskStatus[], now: Date): string {
  return table(
    tasks.map((task) => [
      task.name,
      formatDuration(task.intervalMs),
      task.claimedBy === undefined ? fromNow(task.nextDueAt, now) : `running in ${task.claimedBy}`,
      task.lastStartedAt === undefined ? 'never' : fromNow(task.lastStartedAt, now),
      task.lastError ?? '',
    ]),
    ['task', 'every', 'next due', 'last started', 'last error'],
  );
}

function describeRuns(runs: readonly RecentRun[], now: Date): string {
  return table(
    runs.map((run) => [
      fromNow(run.startedAt, now),
      run.durationMs === undefined ? '' : formatDuration(run.durationMs),
      run.eventsDelivered.toLocaleString('en'),
      run.batchesDelivered.toLocaleString('en'),
      run.attemptsFailed.toLocaleString('en'),
      run.endedBecause === undefined
        ? 'not ended'
        : `${run.endedBecause}${run.errorText === undefined ? '' : `: ${run.errorText}`}`,
    ]),
    ['started', 'took', 'events', 'batches', 'failed attempts', 'ended because'],
  );
}

function fromNow(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime();
  return ms >= 0 ? `in ${formatDuration(ms)}` : `${formatDuration(-ms)} ago`;
}
