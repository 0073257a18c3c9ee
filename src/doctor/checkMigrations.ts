import { assertClickHouseMigrated, assertPostgresMigrated } from '../migration/migrate.js';
import { WaybillError } from '../waybillError.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding, type FindingCode } from './finding.js';

/** Whether the outbox is as this version needs it. */
export function checkOutboxMigrations({ outbox, options }: DoctorContext): Promise<readonly Finding[]> {
  const good = fine('OUTBOX_MIGRATED', 'postgres', `The outbox in schema ${options.schema} is up to date.`);
  return judge(() => assertPostgresMigrated(outbox), 'postgres', good);
}

/** Whether the event log is as this version needs it. */
export function checkEventLogMigrations({ eventLog }: DoctorContext): Promise<readonly Finding[]> {
  const good = fine('EVENT_LOG_MIGRATED', 'clickhouse', 'The event log is up to date.');
  return judge(() => assertClickHouseMigrated(eventLog), 'clickhouse', good);
}

async function judge(
  assertMigrated: () => Promise<void>,
  side: 'postgres' | 'clickhouse',
  good: Finding,
): Promise<readonly Finding[]> {
  try {
    await assertMigrated();
    return [good];
  } catch (error) {
    const known = error instanceof WaybillError ? migrationFaults[error.code] : undefined;
    if (!(error instanceof WaybillError) || known === undefined) throw error;
    return [{ ...known, severity: 'fatal', side, summary: firstSentence(error.message) }];
  }
}

const migrationFaults: Readonly<
  Record<string, { code: FindingCode; meaning: string; advice: string } | undefined>
> = {
  NOT_MIGRATED: {
    code: 'NOT_MIGRATED',
    meaning: 'This version cannot work with the database as it is. What is captured is kept in the outbox.',
    advice: withCommands('Bring it up to date:', 'waybill migrate'),
  },
  SCHEMA_TOO_NEW: {
    code: 'SCHEMA_TOO_NEW',
    meaning: 'This version cannot work with it, and does not try.',
    advice: 'Install the newer version of Waybill, the one that made it, everywhere.',
  },
  MIGRATION_CHANGED: {
    code: 'MIGRATION_CHANGED',
    meaning: 'Nobody knows what the database is like, so nothing is sent.',
    advice:
      'Was a file under sql/ edited, or is this the schema or the table of another Waybill? Put the file back, or ' +
      'correct WAYBILL_SCHEMA or CLICKHOUSE_TABLE.',
  },
};

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/s.exec(text)?.[0] ?? text;
}
