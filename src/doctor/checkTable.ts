import type { TableVerdict } from '../eventlog/judgeTable.js';
import { describeTtl } from './tableTtl.js';
import { fine, withCommands, type Finding } from './finding.js';

const collapsing = /(Replacing|Summing|Aggregating|Collapsing|Coalescing|Graphite)/;

/** What the verdict on the event log's table means, and what else about the table is worth knowing. */
export function checkTable(verdict: TableVerdict): readonly Finding[] {
  if (!verdict.fit) {
    return [
      {
        code: verdict.code,
        severity: 'fatal',
        side: 'clickhouse',
        summary: verdict.fault,
        meaning:
          'Nothing is sent: no worker starts, and each run ends at once. Events are kept in the outbox.',
        advice:
          verdict.command === undefined ? verdict.advice : withCommands(verdict.advice, verdict.command),
      },
    ];
  }
  const { table, windowBlocks, windowSetting } = verdict;
  const name = `${table.database}.${table.table}`;
  const findings: Finding[] = [
    fine(
      'TABLE_DEDUPLICATES',
      'clickhouse',
      `${name} (${table.engine}) remembers ${windowBlocks.toLocaleString('en')} blocks (${windowSetting}).`,
    ),
  ];
  if (collapsesRows(table)) {
    findings.push({
      code: 'TABLE_COLLAPSES_ROWS',
      severity: 'warning',
      side: 'clickhouse',
      summary: `${table.engine} makes one row of those with the same ${table.sortingKey || 'key'}, whatever their event_id.`,
      meaning:
        'Different events disappear. And a batch that is counted, as each one whose outcome was unknown, does not ' +
        'have the rows it should, so it is deleted and sent again without end.',
      advice:
        'Make the table a plain MergeTree, or a ReplacingMergeTree with event_id in its ORDER BY; a materialized view ' +
        'on it may feed a table that collapses.',
    });
  }
  return [...findings, ...describeTtl(table.engineFull, name)];
}

function collapsesRows({ engine, sortingKey }: { engine: string; sortingKey: string }): boolean {
  const kind = collapsing.exec(engine)?.[1];
  if (kind === undefined) return false;
  // This one keeps a row of each key, and event_id makes each event a key of its own.
  return !(kind === 'Replacing' && /\bevent_id\b/.test(sortingKey));
}
