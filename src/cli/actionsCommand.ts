import { Command } from 'commander';
import { readActionPage, type ActionRecord } from '../outbox/readActionPage.js';
import { parseWholeNumber } from './arguments.js';
import type { GlobalFlags } from './context.js';
import { ago } from './durations.js';
import { withMigratedOutbox } from './migratedOutbox.js';
import { oneLine, printData, table } from './terminal.js';

interface ActionsFlags extends GlobalFlags {
  readonly limit: number;
  readonly json?: boolean;
}

export const actionsCommand = new Command('actions')
  .description(
    'show what people did: events released or dropped, batches repaired, tasks paused; newest first',
  )
  .option('--limit <number>', 'how many to show', parseWholeNumber, 50)
  .option('--json', 'print them as JSON')
  .addHelpText(
    'after',
    `
Examples:
  $ waybill actions
  $ waybill actions --limit 1000 --json`,
  )
  .action(async (_flags: ActionsFlags, command: Command) => {
    const flags = command.optsWithGlobals<ActionsFlags>();
    await withMigratedOutbox(flags, async (outbox) => {
      const actions = await readActionPage(outbox, { limit: flags.limit });
      printData(
        flags.json === true ? JSON.stringify(actions, null, 2) : describeActions(actions, new Date()),
      );
    });
  });

function describeActions(actions: readonly ActionRecord[], now: Date): string {
  if (actions.length === 0) return 'Nobody has done anything yet.';
  return table(
    actions.map((action) => [
      ago(new Date(action.performedAt), now),
      oneLine(action.performedBy),
      oneLine(action.action),
      action.eventCount.toLocaleString('en'),
      oneLine(describeTarget(action)),
      oneLine(action.reason ?? ''),
    ]),
    ['when', 'who', 'action', 'events', 'of', 'reason'],
  );
}

/** The task, or the event where it was done to one, else the batch; with its type, or what was found about it. */
function describeTarget({ batchId, details }: ActionRecord): string {
  const { task, eventId, eventType, difference } = details;
  if (typeof task === 'string') return `task ${task}`;
  const target =
    typeof eventId === 'string' ? `event ${eventId}` : batchId === null ? '' : `batch ${batchId}`;
  const more = typeof eventType === 'string' ? eventType : difference;
  return typeof more === 'string' ? `${target} (${more})` : target;
}
