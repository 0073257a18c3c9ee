import type { columns } from '../eventlog/insertBatch.js';
import { readColumns, type TableColumn } from '../eventlog/readColumns.js';
import { quotedTable } from '../eventlog/client.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

type ColumnName = (typeof columns)[number];

/** What a column takes. The types are those that `bareType` leaves. */
interface ColumnNeed {
  /** As waybill migrate makes it. */
  readonly type: string;
  readonly fits: RegExp;
  /** Takes every row, but not every value as it is. */
  readonly loses?: { readonly types: RegExp; readonly how: string };
}

const losesAbsence = 'an event without one gets an empty text there';

/** Each was tried with ClickHouse 26.7 and the settings of our inserts. */
const needs: Readonly<Record<ColumnName, ColumnNeed>> = {
  event_id: { type: 'UUID', fits: /^(UUID|String)$/ },
  event_type: { type: 'LowCardinality(String)', fits: /^String$/ },
  event_date_time: {
    type: "DateTime64(6, 'UTC')",
    // The text of an event's time is that of UTC.
    fits: /^DateTime64\([6-9], '(UTC|Etc\/UTC)'\)$/,
    loses: { types: /^DateTime64\([1-9], '(UTC|Etc\/UTC)'\)$/, how: 'times lose their microseconds' },
  },
  environment: { type: 'LowCardinality(String)', fits: /^String$/ },
  event_context: {
    type: 'String',
    fits: /^String$/,
    loses: {
      types: /^(JSON|Object)\b/,
      how: 'a context is not kept as its text, and one that is no object is refused and quarantined',
    },
  },
  metadata_version: {
    type: 'UInt32',
    fits: /^(U?Int(32|64|128|256)|String)$/,
    loses: { types: /^U?Int(8|16)$/, how: 'numbers too large for it become other numbers' },
  },
  subject: {
    type: 'Nullable(String)',
    fits: /^Nullable\(String\)$/,
    loses: { types: /^String$/, how: losesAbsence },
  },
  traceparent: {
    type: 'Nullable(String)',
    fits: /^Nullable\(String\)$/,
    loses: { types: /^String$/, how: losesAbsence },
  },
  batch_id: { type: 'UUID', fits: /^UUID$/ },
};

/** Whether the table has every column that a batch is inserted into, of a type that takes it. */
export async function checkColumns(
  { eventLog }: DoctorContext,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  return judgeColumns(await readColumns(eventLog, signal), quotedTable(eventLog));
}

/** What the columns mean. `table` is quoted. */
export function judgeColumns(found: readonly TableColumn[], table: string): readonly Finding[] {
  const findings = Object.entries(needs).flatMap(([name, need]) => {
    const column = found.find((each) => each.name === name);
    return judgeColumn(name, need, column, table);
  });
  if (findings.length > 0) return findings;
  const others = found.length - Object.keys(needs).length;
  const besides = others === 0 ? '' : `, and ${String(others)} of your own besides`;
  return [fine('COLUMNS_FIT', 'clickhouse', `Every column is there and takes what is sent${besides}.`)];
}

function judgeColumn(
  name: string,
  need: ColumnNeed,
  column: TableColumn | undefined,
  table: string,
): Finding[] {
  if (column === undefined) {
    return [
      {
        code: 'COLUMN_MISSING',
        severity: 'fatal',
        side: 'clickhouse',
        summary: `${table} has no column ${name}.`,
        meaning: 'Every insert is refused. Events are kept in the outbox.',
        advice: withCommands('Add it:', `ALTER TABLE ${table} ADD COLUMN ${name} ${need.type};`),
      },
    ];
  }
  const canInsert = column.defaultKind === '' || column.defaultKind === 'DEFAULT';
  const type = bareType(column.type);
  if (canInsert && need.fits.test(type)) return [];
  const told = canInsert ? `of type ${column.type}` : column.defaultKind;
  const loss = need.loses;
  if (canInsert && loss?.types.test(type) === true) {
    return [
      {
        code: 'COLUMN_LOSES',
        severity: 'warning',
        side: 'clickhouse',
        summary: `Column ${name} of ${table} is ${told}; ${loss.how}.`,
        meaning: 'Everything is delivered, but not every value arrives as it was captured.',
        advice: withCommands(
          'Change its type, where it does not stand in the sorting key:',
          `ALTER TABLE ${table} MODIFY COLUMN ${name} ${need.type};`,
        ),
      },
    ];
  }
  return [
    {
      code: 'COLUMN_WRONG',
      severity: 'fatal',
      side: 'clickhouse',
      summary: `Column ${name} of ${table} is ${told}, which does not take what is sent.`,
      meaning:
        'Inserts would be refused, counts fail, or values arrive as others. Events are kept in the outbox.',
      advice: withCommands(
        'Change its type; one in the sorting key needs a new table, which waybill migrate makes once this one is ' +
          'renamed:',
        `ALTER TABLE ${table} MODIFY COLUMN ${name} ${need.type};`,
      ),
    },
  ];
}

/** A type without LowCardinality, which changes nothing about what it takes; Nullable is left out where the column may do without. */
function bareType(type: string): string {
  return type.replace(/^LowCardinality\((.*)\)$/, '$1');
}
