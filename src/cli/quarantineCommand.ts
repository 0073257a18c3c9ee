import { Command } from 'commander';
import { countQuarantined } from '../outbox/countQuarantined.js';
import type { Outbox } from '../outbox/database.js';
import { dropQuarantined } from '../outbox/dropQuarantined.js';
import { decidedAtOnceMax, type Decision, type QuarantineFilter } from '../outbox/quarantineFilter.js';
import { readQuarantinedEvent } from '../outbox/readQuarantinedEvent.js';
import { readQuarantinePage } from '../outbox/readQuarantinePage.js';
import { releaseQuarantined } from '../outbox/releaseQuarantined.js';
import { operatorName, parseEventId, parseEventIds, parseWholeNumber } from './arguments.js';
import type { GlobalFlags } from './context.js';
import { describeEvent, describeGroups, describeList } from './describeQuarantined.js';
import { exitCodes } from './exitCodes.js';
import { withMigratedOutbox } from './migratedOutbox.js';
import { printData, say } from './terminal.js';

interface FilterFlags {
  readonly type?: string;
  readonly code?: string;
}

interface ListFlags extends GlobalFlags, FilterFlags {
  readonly limit: number;
  readonly json?: boolean;
}

const typeOption = ['--type <type>', 'only events of this type'] as const;
const codeOption = [
  '--code <code>',
  "only those refused with this code of ClickHouse: '469', or its name",
] as const;

const list = new Command('list')
  .description('show the quarantined events, oldest first, and how many there are of each kind')
  .option(...typeOption)
  .option(...codeOption)
  .option('--limit <number>', 'how many to show', parseWholeNumber, 50)
  .option('--json', 'print them as JSON')
  .action(async (_flags: ListFlags, command: Command) => {
    const flags = command.optsWithGlobals<ListFlags>();
    const filter = { eventType: flags.type, code: flags.code };
    await withMigratedOutbox(flags, async (outbox) => {
      const groups = await countQuarantined(outbox, filter);
      const events = await readQuarantinePage(outbox, { filter, limit: flags.limit });
      printData(
        flags.json === true
          ? JSON.stringify({ events, groups }, null, 2)
          : describeList(events, groups, new Date()),
      );
    });
  });

interface ShowFlags extends GlobalFlags {
  readonly json?: boolean;
}

const show = new Command('show')
  .description('show everything about one quarantined event: its context, and all that ClickHouse said')
  .argument('<event>', 'id of the event', parseEventId)
  .option('--json', 'print it as JSON')
  .action(async (eventId: string, _flags: ShowFlags, command: Command) => {
    const flags = command.optsWithGlobals<ShowFlags>();
    await withMigratedOutbox(flags, async (outbox) => {
      const event = await readQuarantinedEvent(outbox, eventId);
      if (event === undefined) sayMissing([eventId]);
      else printData(flags.json === true ? JSON.stringify(event, null, 2) : describeEvent(event, new Date()));
    });
  });

interface DecisionFlags extends GlobalFlags, FilterFlags {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly by: string;
  readonly reason?: string;
}

/** One of the two things a person can decide about quarantined events. */
interface DecisionKind {
  readonly name: 'release' | 'drop';
  readonly done: string;
  /** What it means, told before it is done to all and after it was done. */
  readonly consequence: string;
  readonly decide: (outbox: Outbox, filter: QuarantineFilter, decision: Decision) => Promise<string[]>;
}

const releasing: DecisionKind = {
  name: 'release',
  done: 'Released',
  consequence: 'The next run of process_events sends what was released.',
  decide: releaseQuarantined,
};

const dropping: DecisionKind = {
  name: 'drop',
  done: 'Dropped',
  consequence: 'What is dropped is never delivered, and cleaning deletes it from the outbox.',
  decide: dropQuarantined,
};

function decisionCommand(kind: DecisionKind, description: string): Command {
  return new Command(kind.name)
    .description(description)
    .argument('[events...]', 'ids of the events', parseEventIds)
    .option('--all', 'all of them, or all that --type and --code name')
    .option(...typeOption)
    .option(...codeOption)
    .option('--yes', 'with --all: do it; without it, only their number is shown')
    .option('--by <name>', 'who decides so, for the record', operatorName())
    .option('--reason <text>', 'why, for the record')
    .action(async (eventIds: readonly string[], _flags: DecisionFlags, command: Command) => {
      const flags = command.optsWithGlobals<DecisionFlags>();
      refuseContradiction(eventIds, flags, command);
      await withMigratedOutbox(flags, (outbox) =>
        flags.all === true ? decideAll(outbox, kind, flags) : decideNamed(outbox, kind, eventIds, flags),
      );
    });
}

function refuseContradiction(eventIds: readonly string[], flags: DecisionFlags, command: Command): void {
  const filtered = flags.type !== undefined || flags.code !== undefined;
  if (flags.by === '') command.error('error: --by received ""; allowed: a name');
  if (flags.all === true && eventIds.length > 0)
    command.error('error: either ids of events or --all, not both');
  if (flags.all !== true && eventIds.length === 0)
    command.error('error: which events? Name their ids, or say --all');
  if (flags.all !== true && filtered) command.error('error: --type and --code go with --all');
}

async function decideNamed(
  outbox: Outbox,
  kind: DecisionKind,
  eventIds: readonly string[],
  flags: DecisionFlags,
): Promise<void> {
  const decided: string[] = [];
  for (let at = 0; at < eventIds.length; at += decidedAtOnceMax) {
    const filter = { eventIds: eventIds.slice(at, at + decidedAtOnceMax) };
    decided.push(...(await kind.decide(outbox, filter, decisionOf(flags))));
  }
  if (decided.length > 0) sayDone(kind, decided.length);
  const missing = [...new Set(eventIds)].filter((id) => !decided.includes(id));
  if (missing.length > 0) sayMissing(missing);
}

async function decideAll(outbox: Outbox, kind: DecisionKind, flags: DecisionFlags): Promise<void> {
  const filter = { eventType: flags.type, code: flags.code };
  const groups = await countQuarantined(outbox, filter);
  const total = groups.reduce((sum, group) => sum + group.events, 0);
  if (total === 0) {
    say('No event is quarantined that fits. Nothing was done.');
    process.exitCode = exitCodes.failed;
    return;
  }
  if (flags.yes !== true) {
    printData(describeGroups(groups, new Date()));
    say(`\n${sayEvents(total)} would be meant. ${kind.consequence}\nNothing was done. Add --yes to do it.`);
    process.exitCode = exitCodes.usage;
    return;
  }
  // As many calls as were counted need, and no more: what is refused anew meanwhile was not meant.
  let decided = 0;
  for (let calls = 0; calls < Math.ceil(total / decidedAtOnceMax); calls += 1) {
    decided += (await kind.decide(outbox, filter, decisionOf(flags))).length;
  }
  sayDone(kind, decided);
}

function decisionOf({ by, reason }: DecisionFlags): Decision {
  return { performedBy: by, reason };
}

function sayDone(kind: DecisionKind, events: number): void {
  printData(`${kind.done} ${sayEvents(events)}. ${kind.consequence}`);
}

function sayEvents(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'event' : 'events'}`;
}

function sayMissing(eventIds: readonly string[]): void {
  for (const id of eventIds) say(`No quarantined event has the id ${id}.`);
  say(
    'It may have been released, dropped or delivered. waybill quarantine list shows those that are quarantined, ' +
      'waybill actions what was done.',
  );
  process.exitCode = exitCodes.failed;
}

export const quarantineCommand = new Command('quarantine')
  .description('list, show, release or drop the events that ClickHouse refuses for their data')
  .addHelpText(
    'after',
    `
A quarantined event holds back no other. Mend the table in ClickHouse and release it, or drop it; both are
recorded, with who did it and why. Asks Postgres only.

Examples:
  $ waybill quarantine list
  $ waybill quarantine show 0197a1b2-…
  $ waybill quarantine release 0197a1b2-… --reason 'column amount is Decimal(18, 2) now'
  $ waybill quarantine drop --all --type order_placed --code 469 --yes`,
  )
  .addCommand(list)
  .addCommand(show)
  .addCommand(decisionCommand(releasing, 'have events sent again, once what refused them is mended'))
  .addCommand(decisionCommand(dropping, 'give events up: they are never delivered'));
