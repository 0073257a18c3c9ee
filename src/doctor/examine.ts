import { judgeTable, type TableVerdict } from '../eventlog/judgeTable.js';
import type { TableFacts } from '../eventlog/readTables.js';
import { readDeliveryPace } from '../outbox/readDeliveryPace.js';
import { messageOf } from '../waybillError.js';
import { checkCapacity } from './checkCapacity.js';
import { checkClickHouse, describeClickHouseFailure } from './checkClickHouse.js';
import { checkColumns } from './checkColumns.js';
import { checkEventLogMigrations, checkOutboxMigrations } from './checkMigrations.js';
import { checkOpenTransactions } from './checkOpenTransactions.js';
import { checkOutboxRights } from './checkOutboxRights.js';
import { checkPartitions } from './checkPartitions.js';
import { checkPostgres, describePostgresFailure } from './checkPostgres.js';
import { checkRecords } from './checkRecords.js';
import { checkRights } from './checkRights.js';
import { checkSealing } from './checkSealing.js';
import { checkSettings } from './checkSettings.js';
import { checkTable } from './checkTable.js';
import { checkTasks } from './checkTasks.js';
import { checkViews } from './checkViews.js';
import { checkWindow, readWindow, type DeduplicationWindow } from './checkWindow.js';
import type { Check, DoctorContext } from './context.js';
import type { Finding, Side } from './finding.js';

/** What the doctor saw on both sides. Plain data. */
export interface DoctorReport {
  /** ISO 8601. */
  readonly examinedAt: string;
  readonly durationMs: number;
  readonly findings: readonly Finding[];
}

/** One side, and why it could not be asked where that is so. */
export interface SideReport {
  readonly findings: readonly Finding[];
  /** What connecting or the first question threw. */
  readonly failure?: Error;
}

/** Checks by what they look at, in words that fit "… could not be looked at". */
type Checks = Readonly<Record<string, Check>>;

const fatalOutboxChecks: Checks = {
  'how the outbox seals': checkSealing,
};
const otherOutboxChecks: Checks = {
  'the partitions of table event': checkPartitions,
  'open transactions': checkOpenTransactions,
  'the records in the outbox': checkRecords,
  'the tasks': checkTasks,
};
const userChecks: Checks = {
  'the rights of the user': checkRights,
  'the settings of the user': checkSettings,
};

/** How long one check may take. All of them together take a few times that at most. */
const checkMsMax = 10_000;

/**
 * Examines both databases: all checks, each bounded in time. One that cannot be made is a finding of its own; so is a
 * database that cannot be reached, and the other one is examined all the same. Changes nothing. Throws nothing.
 */
export async function examine(context: DoctorContext): Promise<DoctorReport> {
  const examinedAt = new Date().toISOString();
  const before = performance.now();
  const [postgres, clickhouse] = await Promise.all([
    examinePostgres(context, { ...fatalOutboxChecks, ...otherOutboxChecks }),
    examineClickHouse(context, 'all'),
  ]);
  const pace = postgres.failure === undefined ? readDeliveryPace(context.outbox) : Promise.resolve(undefined);
  const batchesPerHour = await pace.catch(() => undefined); // not migrated, which a finding says
  const windows =
    clickhouse.window === undefined
      ? []
      : checkWindow(clickhouse.window, batchesPerHour, context.options, context.eventLog);
  return {
    examinedAt,
    durationMs: Math.round(performance.now() - before),
    findings: [...postgres.findings, ...clickhouse.findings, ...windows],
  };
}

/** The part of the examination that can end with something fatal: what a worker asks before it starts. */
export async function examineFatal(
  context: DoctorContext,
): Promise<{ readonly postgres: SideReport; readonly clickhouse: SideReport }> {
  const [postgres, clickhouse] = await Promise.all([
    examinePostgres(context, fatalOutboxChecks),
    examineClickHouse(context, 'fatal'),
  ]);
  return { postgres: onlyFatal(postgres), clickhouse: onlyFatal(clickhouse) };
}

function onlyFatal(report: SideReport): SideReport {
  return { ...report, findings: report.findings.filter(({ severity }) => severity === 'fatal') };
}

async function examinePostgres(context: DoctorContext, checks: Checks): Promise<SideReport> {
  let findings: readonly Finding[];
  try {
    findings = await bounded(() => checkPostgres(context));
  } catch (error) {
    return { findings: [describePostgresFailure(error)], failure: asError(error) };
  }
  // Without rights nothing else can be seen, and every check would say so.
  const rights = await attempt('postgres', 'the rights on the outbox', () => checkOutboxRights(context));
  if (rights.some(({ severity }) => severity === 'fatal')) return { findings: [...findings, ...rights] };
  const migrations = await attempt('postgres', 'the migrations of the outbox', () =>
    checkOutboxMigrations(context),
  );
  if (migrations.some(({ severity }) => severity === 'fatal'))
    return { findings: [...findings, ...migrations] };
  return {
    findings: [...findings, ...migrations, ...rights, ...(await attemptAll(context, 'postgres', checks))],
  };
}

interface ClickHouseReport extends SideReport {
  /** Undefined where the table does not remember, or could not be looked at. */
  readonly window?: DeduplicationWindow | undefined;
}

async function examineClickHouse(context: DoctorContext, depth: 'all' | 'fatal'): Promise<ClickHouseReport> {
  let findings: readonly Finding[];
  try {
    findings = await bounded((signal) => checkClickHouse(context, signal));
  } catch (error) {
    return { findings: [describeClickHouseFailure(error)], failure: asError(error) };
  }
  const ofUser = attemptAll(context, 'clickhouse', userChecks);
  let verdict: TableVerdict | undefined;
  const ofTable = await attempt('clickhouse', 'the table of the event log', async (signal) => {
    verdict = await judgeTable(context.eventLog, signal);
    return checkTable(verdict);
  });
  const checks = verdict?.fit === true ? tableChecks(verdict.table, depth) : {};
  const ofContent = await attemptAll(context, 'clickhouse', checks);
  const window = verdict?.fit === true && depth === 'all' ? await readWindowOf(context, verdict) : undefined;
  return { findings: [...findings, ...ofTable, ...ofContent, ...(await ofUser)], window };
}

/** What can be asked of a table that is there. */
function tableChecks(table: TableFacts, depth: 'all' | 'fatal'): Checks {
  return {
    'the migrations of the event log': checkEventLogMigrations,
    'the columns of the event log': checkColumns,
    ...(depth === 'fatal'
      ? {}
      : {
          'the views on the event log': (context, signal) => checkViews(context, table, signal),
          'the room in ClickHouse': (context, signal) => checkCapacity(context, table, signal),
        }),
  } satisfies Checks;
}

async function readWindowOf(
  context: DoctorContext,
  verdict: TableVerdict,
): Promise<DeduplicationWindow | undefined> {
  return bounded((signal) => readWindow(context, verdict, signal)).catch(() => undefined);
}

async function attemptAll(context: DoctorContext, side: Side, checks: Checks): Promise<readonly Finding[]> {
  const found = await Promise.all(
    Object.entries(checks).map(([what, check]) => attempt(side, what, (signal) => check(context, signal))),
  );
  return found.flat();
}

/** Makes one check. That it cannot be made is itself worth a warning, and stops none of the others. */
async function attempt(
  side: Side,
  what: string,
  work: (signal: AbortSignal) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await bounded(work);
  } catch (error) {
    return [
      {
        code: 'CHECK_FAILED',
        severity: 'warning',
        side,
        summary: `${what[0]?.toUpperCase() ?? ''}${what.slice(1)} could not be looked at: ${messageOf(error)}`,
        meaning: 'What this check would have told is not known. Everything else in this report holds.',
        advice: 'If a right is missing, grant it; docs/doctor.md says what is looked at.',
      },
    ];
  }
}

/** Runs `work` for as long as a check may take. @throws what it throws, or that it took too long */
async function bounded<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const tooLong = AbortSignal.timeout(checkMsMax);
  const late = new Promise<never>((_, reject) => {
    tooLong.addEventListener('abort', () => {
      reject(new Error(`no answer within ${String(checkMsMax / 1_000)} s`));
    });
  });
  return Promise.race([work(tooLong), late]);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
