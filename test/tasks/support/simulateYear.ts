import { claimTask, type TaskClaim, type TaskClaimResult } from '../../../src/outbox/claimTask.js';
import { finishTask } from '../../../src/outbox/finishTask.js';
import { scheduleTask } from '../../../src/outbox/scheduleTask.js';
import { renewTask } from '../../../src/outbox/renewTask.js';
import { onlyRow } from '../../../src/outbox/database.js';
import { seededRandom, type Random } from '../../sealing/seededRandom.js';
import type { TestDatabases } from '../../support/databases.js';
import { name } from './taskTable.js';
import { createVirtualTime, openVirtualSession, type VirtualSession } from './virtualTime.js';
import {
  changeBackMs,
  changeMs,
  clockChanges,
  dayMs,
  places,
  yearEndMs,
  yearStartMs,
  type YearOptions,
  type YearReport,
} from './virtualYear.js';

const leaseMs = 60_000;
const outageIntervalsMax = 20;

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
    return await new VirtualYear(sessions, options).live();
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

type Counts = Record<Exclude<keyof YearReport, 'findings' | 'claims' | 'clockChanges'>, number>;

/** A run that has just begun, and what arithmetic says about it. */
interface Run {
  readonly claim: TaskClaim;
  readonly startedMs: number;
  /** When the task is due next. */
  readonly nextMs: number;
}

class VirtualYear {
  readonly #sessions: readonly VirtualSession[];
  readonly #random: Random;
  readonly #findings: string[] = [];
  readonly #counts: Counts = {
    dueTimes: 0,
    missed: 0,
    runs: 0,
    restarts: 0,
    outages: 0,
    contested: 0,
    takenOver: 0,
    long: 0,
  };
  /** Clock changes at which the worker of that place has run the task. */
  readonly #lived = new Set<number>();
  readonly #changes: { readonly fromMs: number; readonly toMs: number }[];
  /** Of so many runs one is out of the ordinary in some way. */
  readonly #rare: number;
  #intervalMs: number;
  #dueMs = yearStartMs;
  /** No worker asks before: the run before has ended then. */
  #idleFromMs = yearStartMs;
  /** Who asks next, unless something out of the ordinary happens. */
  #worker: VirtualSession;
  /** The end of the last run, which its session sends before what comes next in it. */
  #finishing: Promise<unknown> = Promise.resolve();

  constructor(sessions: readonly VirtualSession[], options: YearOptions) {
    this.#sessions = sessions;
    this.#random = seededRandom(options.seed);
    this.#intervalMs = options.intervalMs;
    this.#rare = options.intervalMs >= dayMs ? 20 : 300;
    this.#changes = [
      { fromMs: changeMs, toMs: options.otherIntervalMs },
      { fromMs: changeBackMs, toMs: options.intervalMs },
    ];
    this.#worker = this.#anyone();
  }

  async live(): Promise<YearReport> {
    await this.#start('a new task is due at once');
    while (this.#dueMs < yearEndMs && this.#findings.length === 0) {
      await this.#changeWorker();
      await this.#changeInterval();
      if (this.#oneIn(100)) {
        await this.#start('a worker that starts again moves no due time');
        this.#counts.restarts += 1;
      }
      if (this.#oneIn(10)) await this.#askTooEarly();
      const run = await this.#claimDue();
      if (run === undefined) break;
      this.#finish(run, await this.#spend(run));
    }
    await this.#finishing;
    const { claim_epoch: claims } = await readRow(this.#worker);
    return { ...this.#counts, clockChanges: this.#lived.size, findings: this.#findings, claims };
  }

  async #changeWorker(): Promise<void> {
    const changing = this.#clockChangeWithin(2);
    if (changing === undefined && !this.#oneIn(20)) return;
    await this.#finishing;
    this.#worker = changing === undefined ? this.#anyone() : pick(this.#sessions, changing.place);
    if (changing !== undefined) this.#lived.add(changing.atMs);
  }

  async #changeInterval(): Promise<void> {
    const [change] = this.#changes;
    if (change === undefined || this.#dueMs < change.fromMs) return;
    this.#changes.shift();
    this.#dueMs += change.toMs - this.#intervalMs;
    this.#intervalMs = change.toMs;
    await this.#start('a changed interval counts from the last due time');
  }

  /** A worker starts: it enters the task, and is told when the task is due. */
  async #start(expectation: string): Promise<void> {
    await this.#finishing;
    const session = this.#anyone();
    const schedule = { name, intervalMs: this.#intervalMs, engine: 'postgres' };
    await session.setNow(this.#idleFromMs);
    const nextDueAt = await scheduleTask(session.outbox, schedule);
    this.#expect(nextDueAt.getTime() === this.#dueMs, expectation, this.#idleFromMs);
  }

  async #askTooEarly(): Promise<void> {
    const earlyMs = this.#dueMs - 1;
    if (earlyMs < this.#idleFromMs) return;
    await this.#finishing;
    const answer = await this.#ask(this.#anyone(), earlyMs);
    this.#expect(answer?.claimed === false && answer.dueInMs === 1, 'it is due in 1 ms', earlyMs);
  }

  /** Claims the task when it is due, or some time after. Undefined when it is not to be had, which is a finding. */
  async #claimDue(): Promise<Run | undefined> {
    // No outage over a clock change, which is to be lived.
    const isOutage = this.#clockChangeWithin(outageIntervalsMax + 3) === undefined && this.#oneIn(this.#rare);
    let lateMs = 0;
    if (isOutage) lateMs = this.#random.integer(1, outageIntervalsMax * this.#intervalMs);
    else if (this.#oneIn(4)) lateMs = this.#random.integer(1, 2_000);
    const startedMs = Math.max(this.#dueMs + lateMs, this.#idleFromMs);
    const missed = Math.floor((startedMs - this.#dueMs) / this.#intervalMs);
    const isContested = this.#clockChangeWithin(2) === undefined && this.#oneIn(25);

    const answer = isContested ? await this.#contest(startedMs) : await this.#askAlone(startedMs);
    this.#expect(answer?.claimed === true, 'it is due', startedMs);
    if (answer?.claimed !== true) return undefined;
    this.#counts.outages += isOutage ? 1 : 0;
    this.#counts.missed += missed;
    this.#counts.dueTimes += missed + 1;
    this.#counts.runs += 1;
    const nextMs = this.#dueMs + (missed + 1) * this.#intervalMs;
    return { claim: answer.claim, startedMs, nextMs };
  }

  async #askAlone(nowMs: number): Promise<TaskClaimResult | undefined> {
    const [answer] = await Promise.all([this.#ask(this.#worker, nowMs), this.#finishing]);
    return answer;
  }

  async #contest(nowMs: number): Promise<TaskClaimResult | undefined> {
    await this.#finishing;
    const answers = await Promise.all(this.#sessions.map((session) => this.#ask(session, nowMs)));
    const winners = answers.flatMap((answer, index) => (answer?.claimed === true ? [index] : []));
    this.#expect(winners.length === 1, `one worker of three gets it, not ${String(winners.length)}`, nowMs);
    this.#counts.contested += 1;
    const [winner] = winners;
    if (winner === undefined) return undefined;
    this.#worker = pick(this.#sessions, winner);
    return answers[winner];
  }

  /** What happens while the task runs. Returns the claim with which the run ends. */
  async #spend({ claim, startedMs, nextMs }: Run): Promise<TaskClaim> {
    this.#idleFromMs = startedMs;
    if (this.#oneIn(this.#rare) && startedMs + leaseMs < nextMs) return this.#takeOver(claim, startedMs);
    if (this.#clockChangeWithin(6) === undefined && this.#oneIn(this.#rare))
      await this.#runLong(claim, nextMs);
    else if (this.#oneIn(4))
      this.#idleFromMs += this.#random.integer(1, Math.floor((nextMs - startedMs) / 2));
    return claim;
  }

  /** The worker dies. */
  async #takeOver(claim: TaskClaim, startedMs: number): Promise<TaskClaim> {
    const expiresMs = startedMs + leaseMs;
    if (this.#clockChangeWithin(2) === undefined) this.#worker = this.#anyone();
    const early = await this.#ask(this.#worker, expiresMs - 1);
    this.#expect(early?.claimed === false, 'the claim of a dead worker holds until its end', expiresMs - 1);
    const taken = await this.#ask(this.#worker, expiresMs);
    this.#expect(taken?.claimed === true, 'another worker takes over then', expiresMs);
    this.#idleFromMs = expiresMs;
    this.#counts.takenOver += 1;
    return taken?.claimed === true ? taken.claim : claim;
  }

  /** The run goes on while the task is due again, perhaps several times. */
  async #runLong(claim: TaskClaim, nextMs: number): Promise<void> {
    this.#idleFromMs = nextMs + this.#random.integer(0, 3 * this.#intervalMs);
    await this.#worker.setNow(nextMs);
    const renewed = await renewTask(this.#worker.outbox, claim, leaseMs);
    this.#expect(renewed, 'the claim of a long run is renewed', nextMs);
    const beside = await this.#ask(this.#anyone(), nextMs);
    const isRefused = beside?.claimed === false && beside.dueInMs === 0;
    this.#expect(isRefused, 'nobody runs it beside a long run', nextMs);
    this.#counts.long += 1;
  }

  #finish({ startedMs, nextMs }: Run, claim: TaskClaim): void {
    this.#finishing = Promise.all([
      this.#worker.setNow(this.#idleFromMs),
      finishTask(this.#worker.outbox, claim, { error: undefined, report: undefined }),
      readRow(this.#worker),
    ]).then(([, finished, { due_ms: dueMs }]) => {
      this.#expect(finished, 'the claim is given back', startedMs);
      const isInPhase = dueMs === nextMs;
      this.#expect(isInPhase, `it is due next at ${String(nextMs)}, not ${String(dueMs)}`, startedMs);
    });
    this.#dueMs = nextMs;
  }

  #ask(session: VirtualSession, nowMs: number): Promise<TaskClaimResult | undefined> {
    const request = { name, trigger: 'clock', claimedBy: 'a worker', leaseMs } as const;
    // Sent at once; they arrive in this order.
    return Promise.all([session.setNow(nowMs), claimTask(session.outbox, request)]).then(
      ([, answer]) => answer,
    );
  }

  /** The clock change that comes within so many intervals after the due time, if one does. */
  #clockChangeWithin(intervals: number): { readonly place: number; readonly atMs: number } | undefined {
    const untilMs = this.#dueMs + intervals * this.#intervalMs;
    return clockChanges.find(({ atMs }) => this.#dueMs < atMs && atMs <= untilMs);
  }

  #expect(holds: boolean, what: string, nowMs: number): void {
    if (!holds) this.#findings.push(`${new Date(nowMs).toISOString()}: ${what}`);
  }

  #oneIn(times: number): boolean {
    return this.#random.integer(1, times) === 1;
  }

  #anyone(): VirtualSession {
    return pick(this.#sessions, this.#random.integer(0, this.#sessions.length - 1));
  }
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
