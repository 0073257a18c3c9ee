import { expect } from 'vitest';
import { claimTask, type TaskClaimResult } from '../../../src/outbox/claimTask.js';
import { finishTask } from '../../../src/outbox/finishTask.js';
import { scheduleTask } from '../../../src/outbox/scheduleTask.js';
import { renewTask } from '../../../src/outbox/renewTask.js';
import { onlyRow } from '../../../src/outbox/database.js';
import { seededRandom } from '../../sealing/seededRandom.js';
import type { TestDatabases } from '../../support/databases.js';
import { name } from './taskTable.js';
import { createVirtualTime, openVirtualSession, type VirtualSession } from './virtualTime.js';

const dayMs = 86_400_000;
const yearStartMs = Date.UTC(2026, 0, 1);
const changeMs = yearStartMs + 182 * dayMs;
const changeBackMs = changeMs + 14 * dayMs;
const yearEndMs = yearStartMs + 365 * dayMs;
const leaseMs = 60_000;
const outageIntervalsMax = 20;

/** Workers in places that change their clocks on different days of 2026, one of them by half an hour. */
const places = [
  {
    timeZone: 'Europe/Berlin',
    dateStyle: 'German, DMY',
    changesMs: [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)],
  },
  {
    timeZone: 'America/New_York',
    dateStyle: 'SQL, MDY',
    changesMs: [Date.UTC(2026, 2, 8, 7), Date.UTC(2026, 10, 1, 6)],
  },
  {
    timeZone: 'Australia/Lord_Howe',
    dateStyle: 'Postgres, DMY',
    changesMs: [Date.UTC(2026, 3, 4, 15), Date.UTC(2026, 9, 3, 15, 30)],
  },
];

export interface YearOptions {
  readonly intervalMs: number;
  /** For two weeks in the middle of the year. */
  readonly otherIntervalMs: number;
  readonly seed: number;
  /** Changes the product's statements, for a control that must fail. */
  readonly alter?: (text: string) => string;
}

export interface YearReport {
  /** What was not as it must be. The year ends with the first. */
  readonly findings: readonly string[];
  /** Times at which the task was due, by plain arithmetic. */
  readonly dueTimes: number;
  /** Of these, times over which no worker was there; each stretch of them was caught up with by one run. */
  readonly missed: number;
  readonly runs: number;
  /** Claims that Postgres has counted. */
  readonly claims: number;
  readonly restarts: number;
  readonly outages: number;
  /** Changes of a place's clock, each lived by its own worker. */
  readonly clockChanges: number;
  /** Runs for which several workers asked at the same time. */
  readonly contested: number;
  /** Runs whose worker died and that another took over. */
  readonly takenOver: number;
  /** Runs that took longer than the interval. */
  readonly long: number;
}

/** The year went by without a finding, and had something of everything in it. */
export function expectEveryDueTimeOnce(
  report: YearReport,
  { intervalMs, otherIntervalMs }: Pick<YearOptions, 'intervalMs' | 'otherIntervalMs'>,
): void {
  expect(report.findings).toEqual([]);
  const yearMs = yearEndMs - yearStartMs;
  expect(report.dueTimes).toBeGreaterThan(yearMs / Math.max(intervalMs, otherIntervalMs));
  expect(report.runs + report.missed).toBe(report.dueTimes);
  expect(report.claims).toBe(report.runs + report.takenOver);
  expect(report.clockChanges).toBe(places.flatMap(({ changesMs }) => changesMs).length);
  const { restarts, outages, contested, takenOver, long } = report;
  for (const count of [restarts, outages, contested, takenOver, long]) expect(count).toBeGreaterThan(0);
}

/**
 * Lives a year of table `task` in virtual time: from one due time to the next, with workers that compete, start again,
 * are away, die, or run for too long, and compares each answer of the product with what plain arithmetic expects.
 */
export async function simulateYear(databases: TestDatabases, options: YearOptions): Promise<YearReport> {
  await createVirtualTime(databases);
  const sessions = await Promise.all(
    places.map((place) => openVirtualSession(databases, { ...place, alter: options.alter })),
  );
  try {
    return await liveYear(sessions, options);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

async function liveYear(sessions: readonly VirtualSession[], options: YearOptions): Promise<YearReport> {
  const random = seededRandom(options.seed);
  const oneIn = (times: number): boolean => random.integer(1, times) === 1;
  const anyone = (): VirtualSession => pick(sessions, random.integer(0, sessions.length - 1));
  const findings: string[] = [];
  const counts = {
    dueTimes: 0,
    missed: 0,
    runs: 0,
    restarts: 0,
    outages: 0,
    contested: 0,
    takenOver: 0,
    long: 0,
  };

  function expectThat(holds: boolean, what: string, nowMs: number): void {
    if (!holds) findings.push(`${new Date(nowMs).toISOString()}: ${what}`);
  }
  function ask(session: VirtualSession, nowMs: number): Promise<TaskClaimResult | undefined> {
    const request = { name, trigger: 'clock', claimedBy: 'a worker', leaseMs } as const;
    // Both are sent at once; they arrive in this order.
    return Promise.all([session.setNow(nowMs), claimTask(session.outbox, request)]).then(
      ([, result]) => result,
    );
  }
  async function start(session: VirtualSession, nowMs: number, intervalMs: number): Promise<number> {
    const schedule = { name, intervalMs, engine: 'postgres' };
    const [, nextDueAt] = await Promise.all([session.setNow(nowMs), scheduleTask(session.outbox, schedule)]);
    return nextDueAt.getTime();
  }

  const changes = [
    { fromMs: changeMs, to: options.otherIntervalMs },
    { fromMs: changeBackMs, to: options.intervalMs },
  ];
  let { intervalMs } = options;
  /** Clock changes at which the worker of that place has run the task. */
  const lived = new Set<number>();
  /** The clock change that comes within so many intervals after the due time, if one does. */
  function changeAhead(intervals: number): { readonly place: number; readonly atMs: number } | undefined {
    return places
      .flatMap(({ changesMs }, place) => changesMs.map((atMs) => ({ place, atMs })))
      .find(({ atMs }) => dueMs < atMs && atMs <= dueMs + intervals * intervalMs);
  }
  /** Of so many runs one is out of the ordinary in some way. */
  const rare = intervalMs >= dayMs ? 20 : 300;
  let dueMs = await start(anyone(), yearStartMs, intervalMs);
  expectThat(dueMs === yearStartMs, 'a new task is due at once', yearStartMs);
  /** No worker can ask before: the run before has ended then. */
  let idleFromMs = yearStartMs;
  let worker = anyone();
  let finishing: Promise<unknown> = Promise.resolve();

  while (dueMs < yearEndMs && findings.length === 0) {
    if (oneIn(20)) {
      await finishing;
      worker = anyone();
    }
    const [change] = changes;
    if (change !== undefined && dueMs >= change.fromMs) {
      await finishing;
      changes.shift();
      dueMs += change.to - intervalMs;
      intervalMs = change.to;
      const toldMs = await start(worker, idleFromMs, intervalMs);
      expectThat(toldMs === dueMs, 'a changed interval counts from the last due time', idleFromMs);
    }
    if (oneIn(100)) {
      await finishing;
      const toldMs = await start(anyone(), idleFromMs, intervalMs);
      expectThat(toldMs === dueMs, 'a worker that starts again moves no due time', idleFromMs);
      counts.restarts += 1;
    }
    if (oneIn(10) && dueMs - 1 >= idleFromMs) {
      await finishing;
      const early = await ask(anyone(), dueMs - 1);
      expectThat(early?.claimed === false && early.dueInMs === 1, 'it is due in 1 ms', dueMs - 1);
    }

    const changing = changeAhead(2);
    if (changing !== undefined) {
      await finishing;
      worker = pick(sessions, changing.place);
      lived.add(changing.atMs);
    }
    // None over a clock change, which is to be lived.
    const isOutage = changeAhead(outageIntervalsMax + 3) === undefined && oneIn(rare);
    const lateMs = isOutage
      ? random.integer(1, outageIntervalsMax * intervalMs)
      : oneIn(4)
        ? random.integer(1, 2_000)
        : 0;
    const nowMs = Math.max(dueMs + lateMs, idleFromMs);
    const missed = Math.floor((nowMs - dueMs) / intervalMs);
    const nextMs = dueMs + (missed + 1) * intervalMs;
    counts.outages += isOutage ? 1 : 0;
    counts.missed += missed;
    counts.dueTimes += missed + 1;

    let claimed: TaskClaimResult | undefined;
    if (changing === undefined && oneIn(25)) {
      await finishing;
      const answers = await Promise.all(sessions.map((session) => ask(session, nowMs)));
      const winner = answers.findIndex((answer) => answer?.claimed === true);
      const winners = answers.filter((answer) => answer?.claimed === true).length;
      expectThat(winners === 1, `one worker of three gets it, not ${String(winners)}`, nowMs);
      if (winner === -1) break;
      claimed = answers[winner];
      worker = pick(sessions, winner);
      counts.contested += 1;
    } else {
      [claimed] = await Promise.all([ask(worker, nowMs), finishing]);
    }
    finishing = Promise.resolve();
    expectThat(claimed?.claimed === true, 'it is due', nowMs);
    if (claimed?.claimed !== true) break;
    let { claim } = claimed;
    counts.runs += 1;
    idleFromMs = nowMs;

    if (oneIn(rare) && nowMs + leaseMs < nextMs) {
      const heir = changing === undefined ? anyone() : worker;
      const early = await ask(heir, nowMs + leaseMs - 1);
      expectThat(early?.claimed === false, 'the claim of a dead worker holds until its end', nowMs);
      const taken = await ask(heir, nowMs + leaseMs);
      expectThat(taken?.claimed === true, 'another worker takes over then', nowMs);
      if (taken?.claimed !== true) break;
      claim = taken.claim;
      worker = heir;
      idleFromMs = nowMs + leaseMs;
      counts.takenOver += 1;
    } else if (changeAhead(6) === undefined && oneIn(rare)) {
      idleFromMs = nextMs + random.integer(0, 3 * intervalMs);
      await worker.setNow(nextMs);
      expectThat(
        await renewTask(worker.outbox, claim, leaseMs),
        'the claim of a long run is renewed',
        nextMs,
      );
      const beside = await ask(anyone(), nextMs);
      expectThat(
        beside?.claimed === false && beside.dueInMs === 0,
        'nobody runs it beside a long run',
        nextMs,
      );
      counts.long += 1;
    } else if (oneIn(4)) {
      idleFromMs = nowMs + random.integer(1, Math.floor((nextMs - nowMs) / 2));
    }
    const { outbox } = worker;
    finishing = Promise.all([
      worker.setNow(idleFromMs),
      finishTask(outbox, claim, { error: undefined, report: undefined }),
      readRow(worker),
    ]).then(([, finished, row]) => {
      expectThat(finished, 'the claim is given back', nowMs);
      expectThat(
        row.due_ms === nextMs,
        `it is due next at ${String(nextMs)}, not ${String(row.due_ms)}`,
        nowMs,
      );
    });
    dueMs = nextMs;
  }
  await finishing;
  return { ...counts, clockChanges: lived.size, findings, claims: (await readRow(worker)).claim_epoch };
}

interface DueRow {
  readonly due_ms: number;
  readonly claim_epoch: number;
}

async function readRow({ outbox }: VirtualSession): Promise<DueRow> {
  return onlyRow(
    await outbox.query<DueRow>(
      'SELECT (extract(epoch FROM next_due_at) * 1000)::double precision AS due_ms, claim_epoch FROM waybill.task',
    ),
  );
}

function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no item ${String(index)}.`);
  return item;
}
