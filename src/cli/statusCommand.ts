import { Command } from 'commander';
import type { Outbox } from '../outbox/database.js';
import { readBacklog, type Backlog } from '../outbox/readBacklog.js';
import { readDeliveryWatch, type DeliveryWatch } from '../outbox/readDeliveryWatch.js';
import { readRunPage } from '../outbox/readRunPage.js';
import type { RunRecord } from '../outbox/runRecord.js';
import { readServerTime } from '../outbox/readServer.js';
import { readTasks, type TaskStatus } from '../outbox/readTasks.js';
import { parseWholeNumber } from './arguments.js';
import type { GlobalFlags } from './context.js';
import { formatDuration } from '../durationText.js';
import { describeTasks } from './describeTasks.js';
import { ago, parseDuration } from './durations.js';
import { exitCodes } from './exitCodes.js';
import { withMigratedOutbox } from './migratedOutbox.js';
import { oneLine, paint, printData, say, table } from './terminal.js';

interface StatusFlags extends GlobalFlags, WatchLimits {
  readonly json?: boolean;
}

/** What a watch allows. */
interface WatchLimits {
  /** Milliseconds. */
  readonly maxAge?: number;
  readonly maxQuarantined?: number;
}

interface Status {
  readonly records: Backlog;
  readonly tasks: readonly TaskStatus[];
  readonly runs: readonly RunRecord[];
}

const runsShown = 5;

export const statusCommand = new Command('status')
  .description('show how many records await, are being sent and are delivered, and what the tasks do')
  .option(
    '--max-age <duration>',
    'fail when the oldest undelivered record is older, such as 15m',
    parseDuration,
  )
  .option('--max-quarantined <number>', 'fail when more events are quarantined', parseWholeNumber)
  .option('--json', 'print it as JSON')
  .addHelpText(
    'after',
    `
Asks Postgres only, so it answers when ClickHouse does not, and no worker was ever deployed.

With --max-age or --max-quarantined it only looks whether they are exceeded, at the same cost whatever the
backlog, says so on standard error and ends with exit code 1. View delivery_watch tells the same in SQL.
Quarantined events are no part of the age: they wait for a person.

Examples:
  $ waybill status
  $ waybill status --json | jq .records.awaiting
  $ waybill status --max-age 15m --max-quarantined 0 || notify-somebody`,
  )
  .action(async (_flags: StatusFlags, command: Command) => {
    const flags = command.optsWithGlobals<StatusFlags>();
    const isWatch = flags.maxAge !== undefined || flags.maxQuarantined !== undefined;
    await withMigratedOutbox(flags, (outbox) => (isWatch ? watch(outbox, flags) : show(outbox, flags)));
  });

async function show(outbox: Outbox, flags: StatusFlags): Promise<void> {
  const status: Status = {
    records: await readBacklog(outbox),
    tasks: await readTasks(outbox),
    runs: await readRunPage(outbox, { limit: runsShown }),
  };
  if (flags.json === true) printData(JSON.stringify(status, null, 2));
  else printData(describeStatus(status, await readServerTime(outbox)));
}

async function watch(outbox: Outbox, flags: StatusFlags): Promise<void> {
  const watched = await readDeliveryWatch(outbox);
  const exceeded = findExceeded(watched, flags);
  printData(
    flags.json === true ? JSON.stringify({ ...watched, exceeded }, null, 2) : describeWatch(watched, flags),
  );
  for (const what of exceeded) say(what);
  if (exceeded.length > 0) process.exitCode = exitCodes.failed;
}

function findExceeded(watched: DeliveryWatch, { maxAge, maxQuarantined }: WatchLimits): string[] {
  const { oldestUndeliveredAgeMs: ageMs, quarantinedEvents } = watched;
  const exceeded: string[] = [];
  if (maxAge !== undefined && ageMs !== undefined && ageMs > maxAge)
    exceeded.push(
      `The oldest undelivered record was captured ${formatDuration(ageMs)} ago; allowed are ${formatDuration(maxAge)}. ` +
        'It is kept in the outbox. Does a worker run? waybill status shows the last runs.',
    );
  if (maxQuarantined !== undefined && quarantinedEvents > maxQuarantined)
    exceeded.push(
      `${quarantinedEvents.toLocaleString('en')} events are quarantined; allowed are ${maxQuarantined.toLocaleString('en')}. ` +
        'waybill quarantine list tells why.',
    );
  return exceeded;
}

function describeWatch(watched: DeliveryWatch, { maxAge, maxQuarantined }: WatchLimits): string {
  const { oldestUndeliveredAgeMs: ageMs, quarantinedEvents } = watched;
  return table([
    [
      'oldest undelivered',
      ageMs === undefined ? 'none' : `${formatDuration(ageMs)} ago`,
      maxAge === undefined ? '' : `allowed ${formatDuration(maxAge)}`,
    ],
    [
      'quarantined',
      quarantinedEvents.toLocaleString('en'),
      maxQuarantined === undefined ? '' : `allowed ${maxQuarantined.toLocaleString('en')}`,
    ],
  ]);
}

function describeStatus({ records, tasks, runs }: Status, now: Date): string {
  return [
    heading('Records'),
    describeRecords(records, now),
    '',
    heading('Tasks'),
    describeTasks(tasks, now),
    '',
    heading('Last runs'),
    runs.length === 0 ? 'None yet.' : describeRuns(runs, now),
  ].join('\n');
}

function heading(text: string): string {
  return paint('bold', text);
}

function describeRecords(records: Backlog, now: Date): string {
  const { awaiting, oldestCapturedAt, oldestQuarantinedAt } = records;
  const oldest = (at: Date | undefined): string =>
    at === undefined ? '' : `oldest ${formatDuration(now.getTime() - at.getTime())}`;
  const hint = records.quarantined === 0 ? '' : '; see waybill quarantine list';
  return table([
    [
      'awaiting delivery',
      `${records.awaitingIsLowerBound ? '≥ ' : ''}${awaiting.toLocaleString('en')}`,
      oldest(oldestCapturedAt),
    ],
    ['sending', records.sending.toLocaleString('en')],
    ['delivered', records.delivered.toLocaleString('en')],
    ['quarantined', records.quarantined.toLocaleString('en'), `${oldest(oldestQuarantinedAt)}${hint}`],
  ]);
}

function describeRuns(runs: readonly RunRecord[], now: Date): string {
  return table(
    runs.map((run) => [
      ago(new Date(run.startedAt), now),
      run.durationMs === null ? '' : formatDuration(run.durationMs),
      run.eventsDelivered.toLocaleString('en'),
      run.batchesDelivered.toLocaleString('en'),
      run.attemptsFailed.toLocaleString('en'),
      run.endedBecause === null
        ? 'not ended'
        : `${run.endedBecause}${run.errorText === null ? '' : `: ${oneLine(run.errorText)}`}`,
    ]),
    ['started', 'took', 'events', 'batches', 'failed attempts', 'ended because'],
  );
}
