import { setTimeout as wait } from 'node:timers/promises';
import { Argument, Command } from 'commander';
import { formatDuration } from '../durationText.js';
import type { Outbox } from '../outbox/database.js';
import { pauseTask, type TaskDecision } from '../outbox/pauseTask.js';
import { readServerTime } from '../outbox/readServer.js';
import { readTasks, type TaskStatus } from '../outbox/readTasks.js';
import { requestTaskRun } from '../outbox/requestTaskRun.js';
import { resumeTask } from '../outbox/resumeTask.js';
import { taskNames, type TaskName } from '../tasks/engine.js';
import { operatorName } from './arguments.js';
import type { GlobalFlags } from './context.js';
import { describeTasks } from './describeTasks.js';
import { parseDuration } from './durations.js';
import { exitCodes } from './exitCodes.js';
import { withMigratedOutbox } from './migratedOutbox.js';
import { printData, say } from './terminal.js';

interface ListFlags extends GlobalFlags {
  readonly json?: boolean;
}

const list = new Command('list')
  .description('show each task: what starts it, how often, when it is due, and how it last ended')
  .option('--json', 'print them as JSON, with the report of the last run')
  .action(async (_flags: ListFlags, command: Command) => {
    const flags = command.optsWithGlobals<ListFlags>();
    await withMigratedOutbox(flags, async (outbox) => {
      const tasks = await readTasks(outbox);
      if (flags.json === true) printData(JSON.stringify(tasks, null, 2));
      else printData(describeTasks(tasks, await readServerTime(outbox)));
    });
  });

interface DecisionFlags extends GlobalFlags {
  readonly by: string;
  readonly reason?: string;
}

function decisionCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<task>', 'name of the task').choices(taskNames))
    .option('--by <name>', 'who decides so, for the record', operatorName())
    .option('--reason <text>', 'why, for the record');
}

function decisionOf(name: TaskName, flags: DecisionFlags, command: Command): TaskDecision {
  if (flags.by === '') command.error('error: --by received ""; allowed: a name');
  return { name, performedBy: flags.by, reason: flags.reason };
}

const pause = decisionCommand(
  'pause',
  'let nothing start a task but a person; a run under way goes on',
).action(async (name: TaskName, _flags: DecisionFlags, command: Command) => {
  const flags = command.optsWithGlobals<DecisionFlags>();
  const decision = decisionOf(name, flags, command);
  await withMigratedOutbox(flags, async (outbox) => {
    const done = await pauseTask(outbox, decision);
    if (done === 'unknown') sayUnknown(name);
    else if (done === 'unchanged') printData(`${name} was paused already. Nothing was changed.`);
    else
      printData(
        `Paused ${name}. Events are captured and kept meanwhile. waybill tasks resume ${name} ends it.`,
      );
  });
});

const resume = decisionCommand('resume', 'let a paused task run again').action(
  async (name: TaskName, _flags: DecisionFlags, command: Command) => {
    const flags = command.optsWithGlobals<DecisionFlags>();
    const decision = decisionOf(name, flags, command);
    await withMigratedOutbox(flags, async (outbox) => {
      const done = await resumeTask(outbox, decision);
      if (done === 'unknown') sayUnknown(name);
      else if (done === 'unchanged') printData(`${name} is not paused. Nothing was changed.`);
      else printData(`Resumed ${name}. What it missed is caught up with one run.`);
    });
  },
);

interface RunFlags extends DecisionFlags {
  readonly ttl?: number;
  readonly wait?: number;
  readonly json?: boolean;
}

const run = decisionCommand('run', 'have a worker run a task now, even while it is paused')
  .option('--ttl <duration>', 'working time of the run, such as 30s or 5m', parseDuration)
  .option('--wait <duration>', 'wait so long for the run to end, and show its report', parseDuration)
  .option('--json', 'with --wait: print the report as JSON')
  .action(async (name: TaskName, _flags: RunFlags, command: Command) => {
    const flags = command.optsWithGlobals<RunFlags>();
    const decision = decisionOf(name, flags, command);
    if (flags.ttl === 0) command.error('error: --ttl received 0; allowed: a duration such as 30s');
    if (flags.json === true && flags.wait === undefined) command.error('error: --json goes with --wait');
    await withMigratedOutbox(flags, async (outbox) => {
      const requestedAt = await requestTaskRun(outbox, { ...decision, ttlMs: flags.ttl });
      if (requestedAt === 'unknown') sayUnknown(name);
      else if (flags.wait === undefined)
        printData(
          `Asked for a run of ${name}. A worker takes it up within two seconds, if one lives: waybill tasks list.`,
        );
      else await showEnd(outbox, name, requestedAt, flags.wait, flags.json === true);
    });
  });

const lookMs = 200;

/** Waits until the run that was asked for has ended. */
async function showEnd(
  outbox: Outbox,
  name: TaskName,
  requestedAt: Date,
  waitMs: number,
  asJson: boolean,
): Promise<void> {
  const deadlineMs = performance.now() + waitMs;
  for (;;) {
    const task = (await readTasks(outbox)).find((each) => each.name === name);
    if (task !== undefined && hasRunSince(task, requestedAt)) {
      if (asJson) printData(JSON.stringify({ error: task.lastError, report: task.lastReport }, null, 2));
      else printData(describeTasks([task], await readServerTime(outbox)));
      if (task.lastError !== undefined) process.exitCode = exitCodes.failed;
      return;
    }
    if (performance.now() >= deadlineMs) {
      const state =
        task?.claimedBy === undefined ? 'No worker has taken it up' : `It runs in ${task.claimedBy}`;
      say(`${name} has not ended within ${formatDuration(waitMs)}. ${state}. The request stands.`);
      process.exitCode = exitCodes.failed;
      return;
    }
    await wait(lookMs);
  }
}

function hasRunSince(task: TaskStatus, requestedAt: Date): boolean {
  const { lastStartedAt, lastFinishedAt, claimedBy } = task;
  return (
    claimedBy === undefined &&
    lastStartedAt !== undefined &&
    lastStartedAt >= requestedAt &&
    lastFinishedAt !== undefined &&
    lastFinishedAt >= lastStartedAt
  );
}

function sayUnknown(name: TaskName): void {
  say(
    `No worker has ever started here, so there is no ${name} yet. Nothing was changed. Start one: waybill worker`,
  );
  process.exitCode = exitCodes.failed;
}

export const tasksCommand = new Command('tasks')
  .description('list, pause, resume or run process_events and clean_events_outbox')
  .addHelpText(
    'after',
    `
Works the same whatever TASK_ENGINE is; asks Postgres only. What is done is recorded: waybill actions.

Examples:
  $ waybill tasks list
  $ waybill tasks pause process_events --reason 'ClickHouse is being upgraded'
  $ waybill tasks resume process_events
  $ waybill tasks run process_events --ttl 30s --wait 1m`,
  )
  .addCommand(list)
  .addCommand(pause)
  .addCommand(resume)
  .addCommand(run);
