import type { WaybillOptions } from '../../config/options.js';
import { describeClickHouseFailure } from '../../doctor/checkClickHouse.js';
import { describePostgresFailure } from '../../doctor/checkPostgres.js';
import { describeFailing, judgeBacklog } from '../../doctor/checkRecords.js';
import { judgeTasks } from '../../doctor/checkTasks.js';
import type { Finding, FindingCode } from '../../doctor/finding.js';
import { readServer } from '../../eventlog/readServer.js';
import { readFailingBatches, type FailingBatch } from '../../outbox/readFailingBatches.js';
import { readRecordCounts, type RecordCounts } from '../../outbox/readRecordCounts.js';
import { readRunPage } from '../../outbox/readRunPage.js';
import type { RunRecord } from '../../outbox/runRecord.js';
import type { TaskStatus } from '../../outbox/readTasks.js';
import { messageOf } from '../../waybillError.js';
import { askOutbox, type DashboardContext } from '../context.js';
import type { Handler } from '../handler.js';
import { ProblemError } from '../problemError.js';
import type { Redaction } from '../redaction.js';
import type { Overview, Trouble } from '../schema/overview.js';
import { describeRun } from './runs.js';
import { describeTask, readTasksNow } from './tasks.js';

const runsShown = 5;
const failingShown = 3;
const clickHouseMsMax = 2_000;

export const readOverview: Handler<'readOverview'> = ({ context }) =>
  context.shared.overview.get('', () => lookAround(context));

async function lookAround(context: DashboardContext): Promise<Overview> {
  const { redaction, options, eventLog } = context;
  const [outbox, clickHouseError] = await Promise.all([
    askOutbox(context, async (asked) => ({
      counts: await readRecordCounts(asked),
      ...(await readTasksNow(asked)),
      runs: await readRunPage(asked, { limit: runsShown }),
      failing: await readFailingBatches(asked, options.failedLogSendingRetries, failingShown),
    })).catch((error: unknown) => asProblem(error)),
    readServer(eventLog, AbortSignal.timeout(clickHouseMsMax)).then(
      () => undefined,
      (error: unknown) => error,
    ),
  ]);
  const clickhouse =
    clickHouseError === undefined
      ? { reachable: true, error: null }
      : { reachable: false, error: messageOf(clickHouseError) };
  const ofClickHouse =
    clickHouseError === undefined ? [] : [troubleOf(describeClickHouseFailure(clickHouseError), redaction)];
  if (outbox instanceof ProblemError) {
    return {
      now: new Date().toISOString(),
      records: null,
      tasks: null,
      lastRuns: null,
      databases: { postgres: { reachable: false, error: outbox.message }, clickhouse },
      troubles: gravestFirst([troubleOfPostgres(outbox, redaction), ...ofClickHouse]),
    };
  }
  return {
    ...describeOutbox(outbox, redaction),
    databases: { postgres: { reachable: true, error: null }, clickhouse },
    troubles: gravestFirst([...ofClickHouse, ...troublesOf(outbox, options, redaction)]),
  };
}

interface OutboxView {
  readonly counts: RecordCounts;
  readonly tasks: readonly TaskStatus[];
  readonly nowMs: number;
  readonly runs: readonly RunRecord[];
  readonly failing: readonly FailingBatch[];
}

function describeOutbox(
  { counts, tasks, nowMs, runs }: OutboxView,
  redaction: Redaction,
): Pick<Overview, 'now' | 'records' | 'tasks' | 'lastRuns'> {
  return {
    now: counts.now,
    records: {
      awaiting: counts.unsealed + counts.awaitingInBatches,
      awaitingIsLowerBound: counts.unsealedIsLowerBound,
      sending: counts.sending,
      deliveredLastDay: counts.deliveredLastDay,
      quarantined: counts.quarantined,
      oldestUndeliveredAt: counts.oldestUndeliveredAt,
      oldestUndeliveredAgeMs: counts.oldestUndeliveredAgeMs,
      oldestQuarantinedAt: counts.oldestQuarantinedAt,
    },
    tasks: tasks.map((task) => describeTask(task, nowMs, redaction)),
    lastRuns: runs.map((run) => describeRun(run, redaction)),
  };
}

/** What the doctor makes of it, as far as it can be told at a glance. */
function troublesOf(view: OutboxView, options: WaybillOptions, redaction: Redaction): Trouble[] {
  const { counts, tasks, nowMs, failing } = view;
  const backlog = {
    awaiting: counts.unsealed + counts.awaitingInBatches,
    awaitingIsLowerBound: counts.unsealedIsLowerBound,
    sending: counts.sending,
    delivered: counts.deliveredLastDay,
    quarantined: counts.quarantined,
    oldestCapturedAt: dateOf(counts.oldestUndeliveredAt),
    oldestQuarantinedAt: dateOf(counts.oldestQuarantinedAt),
  };
  const findings = [...judgeTasks(tasks, nowMs), ...judgeBacklog(backlog, nowMs, options)];
  return [
    ...findings.filter(({ severity }) => severity !== 'ok').map((finding) => troubleOf(finding, redaction)),
    ...failing.map((batch) => ({
      ...troubleOf(describeFailing(batch), redaction),
      link: `/batches/${batch.batchId}`,
    })),
  ];
}

/** Where each is mended. What is not named here is explained by the doctor. */
const links: Partial<Readonly<Record<FindingCode, string>>> = {
  NO_WORKER_YET: '/tasks',
  TASK_OVERDUE: '/tasks',
  TASK_PAUSED: '/tasks',
  TASK_FAILED: '/tasks',
  RECORDS_WAIT_FOR_BATCH: '/events?state=awaiting',
  RECORDS_OVERDUE: '/batches?status=AWAITING_DELIVERY&status=SENDING&sort=oldest',
  EVENTS_QUARANTINED: '/quarantine',
};

function troubleOf({ code, severity, summary }: Finding, redaction: Redaction): Trouble {
  return {
    code,
    severity: severity === 'ok' ? 'note' : severity,
    text: redaction.summary(code, summary),
    link: links[code] ?? '/doctor',
  };
}

function troubleOfPostgres(problem: ProblemError, redaction: Redaction): Trouble {
  if (problem.code === 'POSTGRES_UNAVAILABLE')
    return troubleOf(describePostgresFailure(problem.cause), redaction);
  return { code: problem.code, severity: 'fatal', text: problem.message, link: '/doctor' };
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  throw error;
}

function dateOf(iso: string | null): Date | undefined {
  return iso === null ? undefined : new Date(iso);
}

const severities: readonly Trouble['severity'][] = ['fatal', 'warning', 'note'];

function gravestFirst(troubles: readonly Trouble[]): Trouble[] {
  return severities.flatMap((severity) => troubles.filter((trouble) => trouble.severity === severity));
}
