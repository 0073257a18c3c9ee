import { quotedTable, type EventLog } from '../eventlog/client.js';
import { deduplicationWindowSetting, isMergeTree, readWindowBlocks } from '../eventlog/judgeTable.js';
import { readTables, type TableFacts } from '../eventlog/readTables.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** Views may feed tables that feed views. Deeper than this nobody is followed. */
const depthMax = 4;

/** Whether the tables that materialized views feed from the event log remember what they have stored, as it does itself. */
export async function checkViews(
  { eventLog }: DoctorContext,
  table: TableFacts,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let sources: readonly TableFacts[] = [table];
  for (let depth = 1; depth <= depthMax && sources.length > 0; depth += 1) {
    const views = await readTables(
      eventLog,
      sources.flatMap((source) => source.views),
      signal,
    );
    const targets: TableFacts[] = [];
    for (const view of views) {
      const target = await readTarget(eventLog, view, signal);
      findings.push(...(await judgeView(eventLog, view, target, signal)));
      if (target !== undefined) targets.push(target);
    }
    sources = targets;
  }
  return findings.length > 0
    ? findings
    : [fine('VIEWS_FIT', 'clickhouse', 'No materialized view hangs on the table.')];
}

async function readTarget(
  eventLog: EventLog,
  { target }: TableFacts,
  signal: AbortSignal,
): Promise<TableFacts | undefined> {
  return target === undefined ? undefined : (await readTables(eventLog, [target], signal))[0];
}

async function judgeView(
  eventLog: EventLog,
  view: TableFacts,
  target: TableFacts | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  const viewName = `${view.database}.${view.table}`;
  if (target === undefined)
    return [wouldDouble(`${viewName} writes to a table that this user may not see.`, lookAdvice)];
  if (target.engine === 'Null') return []; // stores nothing; the views that hang on it are looked at too
  const writesTo = `${viewName} writes to ${target.database}.${target.table}`;
  if (!isMergeTree(target)) {
    return [wouldDouble(`${writesTo}, whose engine ${target.engine} remembers nothing.`, replaceAdvice)];
  }
  const setting = deduplicationWindowSetting(target);
  const window = await readWindowBlocks(eventLog, target, signal);
  if (window === 0) {
    const command = `ALTER TABLE ${quotedTable(target)} MODIFY SETTING ${setting} = 10000;`;
    return [
      wouldDouble(
        `${writesTo}, which remembers nothing (${setting} is 0).`,
        withCommands('Let the table behind the view remember too:', command),
      ),
    ];
  }
  return [
    {
      code: 'VIEW_REMEMBERS',
      severity: 'note',
      side: 'clickhouse',
      summary: `${writesTo}, which remembers ${window.toLocaleString('en')} blocks.`,
      meaning:
        'A batch that is sent again reaches it once. Only where a batch had to be replaced, after a part of it was ' +
        'stored, it keeps the rows of the first try: what is deleted from a table is not taken back from its views.',
      advice:
        'Nothing. Fill the table behind the view anew if a replaced batch (status REPLACED) made it count twice.',
    },
  ];
}

function wouldDouble(summary: string, advice: string): Finding {
  return {
    code: 'VIEW_WOULD_DOUBLE',
    severity: 'warning',
    side: 'clickhouse',
    summary,
    meaning:
      'A batch whose outcome is unknown, because its answer was lost or its worker died, is counted and then sent ' +
      'again under its token: when the event log lacks rows of it, and within a minute also when it lacks none, since ' +
      'the view may. The event log stores it once; this view counts it twice. A first attempt that is confirmed is ' +
      'never sent again.',
    advice,
  };
}

const lookAdvice = 'Let the user see it (GRANT SHOW TABLES), so that it can be checked.';
const replaceAdvice =
  'Let the view feed a table of the MergeTree family that remembers, and what is there now feed from that; or accept ' +
  'that it may see a batch twice.';
