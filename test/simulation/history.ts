import { Choices, type HistoryPlan } from './choices.js';
import type { Alterations } from './alterations.js';
import { drawCircumstances, durations, type Circumstances } from './circumstances.js';
import { ClickHouseStandIn } from './clickhouseStandIn.js';
import { Fleet } from './fleet.js';
import { Journal } from './journal.js';
import { PostgresStandIn, type BatchRow, type EventRow } from './postgresStandIn.js';
import { Promises } from './promises.js';
import { VirtualTime } from './virtualTime.js';
import type { Surroundings } from './surroundings.js';

export interface HistoryResult {
  /** What was broken; undefined when every promise was kept. */
  readonly breach: string | undefined;
  /** How often what happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** The history, line by line, where it was asked for. */
  readonly lines: readonly string[];
}

export interface HistoryOptions {
  /** Circumstances that hold instead of those that the plan draws. */
  readonly circumstances?: Partial<Circumstances>;
  readonly alterations?: Alterations;
  /** Keep the history line by line. */
  readonly isWritten?: boolean;
}

/** Runs one history, from its first event until everything has come to rest. The plan decides everything in it. */
export async function runHistory(plan: HistoryPlan, options: HistoryOptions = {}): Promise<HistoryResult> {
  const history = new History(plan, options);
  await history.run();
  return { breach: history.promises.breach, counts: history.journal.counts, lines: history.journal.lines };
}

class History {
  readonly journal: Journal;
  readonly promises: Promises;
  readonly #choices: Choices;
  readonly #time: VirtualTime;
  readonly #surroundings: Surroundings;
  readonly #postgres: PostgresStandIn;
  readonly #clickhouse: ClickHouseStandIn;
  readonly #fleet: Fleet;

  constructor(
    plan: HistoryPlan,
    { alterations = {}, circumstances: fixed = {}, isWritten = false }: HistoryOptions,
  ) {
    const choices = new Choices(plan);
    const circumstances = { ...drawCircumstances(choices), ...fixed };
    let happenings = 0;
    const time = new VirtualTime(() => (happenings += 1) + 1_000_000 * choices.among(4));
    this.journal = new Journal(isWritten, () => time.nowMs);
    this.#choices = choices;
    this.#time = time;
    this.#surroundings = { time, choices, journal: this.journal, circumstances, underWay: { count: 0 } };
    this.#postgres = new PostgresStandIn(() => time.nowMs, alterations);
    this.#clickhouse = new ClickHouseStandIn(this.#surroundings, alterations);
    this.promises = new Promises(this.#postgres, this.#clickhouse, this.journal);
    this.#fleet = new Fleet(this.#surroundings, this.#postgres, this.#clickhouse, this.promises, alterations);
    if (isWritten) this.journal.note('history', JSON.stringify(circumstances));
  }

  /** Three acts: faults; calm, in which everything must drain; rest, in which what is late arrives. */
  async run(): Promise<void> {
    this.#captureEvents();
    this.#arrangeFaults();
    for (let worker = 0; worker < this.#surroundings.circumstances.workers; worker += 1) this.#fleet.start();
    const { faultsEndMs, drainedByMs } = durations;
    const isBroken = (): boolean => this.promises.breach !== undefined;
    await this.#time.pass(faultsEndMs, () => isBroken() || (this.#isDrained() && this.#isQuiet()));
    this.#calmDown();
    const isDrained = await this.#time.pass(drainedByMs, () => isBroken() || this.#isDrained());
    if (!isDrained) this.promises.break(`not everything was delivered: ${this.#leftovers()}`);
    if (this.#clickhouse.isMended && this.#releaseQuarantined())
      await this.#time.pass(3 * drainedByMs, () => isBroken() || this.#isDrained());
    this.#fleet.endRuns();
    await this.#time.pass(4 * drainedByMs, () => isBroken() || this.#isQuiet());
    if (!isBroken()) this.promises.checkAtRest();
  }

  /** Transactions: each draws the ids of its events, and commits or rolls back at some later time. */
  #captureEvents(): void {
    const { circumstances } = this.#surroundings;
    const { capturingEndsMs } = durations;
    let atMs = 0;
    for (let id = 1; id <= circumstances.events;) {
      const count = Math.min(1 + this.#choices.among(3), circumstances.events - id + 1);
      const ids = Array.from({ length: count }, (_, index) => id + index);
      atMs = Math.min(atMs + this.#choices.among(400), capturingEndsMs);
      const events = ids.map((each) => this.#drawEvent(each, atMs));
      const openForMs = this.#choices.among(10) < 7 ? this.#choices.among(20) : this.#choices.among(2_000);
      const isRolledBack = this.#choices.chance(150);
      this.#time.after(atMs, () => this.#postgres.events.push(...events));
      this.#time.after(atMs + openForMs, () => {
        for (const event of events) event.state = isRolledBack ? 'rolled back' : 'committed';
        this.journal.note('application', isRolledBack ? 'rolls back' : 'commits', ids.join());
      });
      id += count;
    }
  }

  #drawEvent(id: number, capturedAtMs: number): EventRow {
    const { months, badPerMille, refusal } = this.#surroundings.circumstances;
    const bad = this.#choices.chance(badPerMille) && refusal !== 'none';
    return { id, month: this.#choices.among(months), bad, capturedAtMs, state: 'open', cleaned: false };
  }

  /** What goes wrong at times of its own, and what others do. */
  #arrangeFaults(): void {
    const { circumstances } = this.#surroundings;
    const { faultsEndMs } = durations;
    const some = (times: number, happen: (time: number) => void): void => {
      for (let time = 1; time <= times; time += 1) {
        this.#time.after(this.#choices.among(faultsEndMs >> 1), () => {
          happen(time);
        });
      }
    };
    some(circumstances.kills, () => {
      this.#fleet.kill();
    });
    some(circumstances.stops, () => {
      this.#fleet.stop();
    });
    some(circumstances.outages, () => {
      const downMs = 50 + this.#choices.among(3_000);
      if (this.#choices.among(3) === 2) this.#postgresDown(downMs);
      else this.#clickhouse.crash(downMs);
    });
    some(circumstances.othersBlocks, (block) => {
      this.#clickhouse.insertOthersBlock(`other-${String(block)}`);
    });
    some(2, () => this.#postgres.cleanEvents());
    if (circumstances.misconfigured)
      some(1, () => {
        this.#misconfigure();
      });
    if (circumstances.mendedAtMs !== undefined)
      this.#time.after(circumstances.mendedAtMs, () => {
        this.#mend();
      });
  }

  #postgresDown(downMs: number): void {
    this.journal.record('fault: Postgres down', 'postgres', `for ${String(downMs)} ms`);
    this.#postgres.isDown = true;
    this.#time.after(downMs, () => {
      this.#postgres.isDown = false;
    });
  }

  #misconfigure(): void {
    this.journal.record('fault: rights taken away', 'clickhouse');
    this.#clickhouse.isMisconfigured = true;
    this.#time.after(this.#choices.among(2_000), () => {
      this.#clickhouse.isMisconfigured = false;
    });
  }

  #mend(): void {
    if (this.#clickhouse.isMended) return;
    this.journal.record('step: table mended', 'clickhouse');
    this.#clickhouse.isMended = true;
  }

  /** From now on nothing goes wrong any more. */
  #calmDown(): void {
    this.journal.note('history', 'no faults from now on');
    this.#choices.calm = true;
    this.#clickhouse.isDown = false;
    this.#postgres.isDown = false;
    this.promises.calmBegins();
    this.#clickhouse.isMisconfigured = false;
    this.#fleet.resumeAll();
    this.#fleet.start();
  }

  #releaseQuarantined(): boolean {
    if (!this.#surroundings.circumstances.quarantineReleased) return false;
    const released = this.#postgres.releaseQuarantined();
    if (released > 0) this.journal.record('step: quarantine released', 'operator', released);
    return released > 0;
  }

  /** Each event is in a batch that somebody has dealt with. */
  #isDrained(): boolean {
    const { events, batches } = this.#postgres;
    if (events.length < this.#surroundings.circumstances.events) return false;
    for (const event of events) if (event.state === 'open') return false;
    for (const { status } of batches.values()) {
      if (status === 'AWAITING_DELIVERY' || status === 'SENDING') return false;
    }
    return this.#postgres.waiting().length === 0;
  }

  /** Nothing is on its way any more, and nobody is stopped in the middle of something. */
  #isQuiet(): boolean {
    return this.#surroundings.underWay.count === 0 && this.#clickhouse.isIdle && this.#fleet.isIdle();
  }

  #open(): BatchRow[] {
    return [...this.#postgres.batches.values()].filter(
      ({ status }) => status === 'AWAITING_DELIVERY' || status === 'SENDING',
    );
  }

  #leftovers(): string {
    const open = this.#open();
    const texts = open.map(
      ({ id, status, attemptCount }) => `${id} ${status} after ${String(attemptCount)} attempts`,
    );
    return [...texts, `${String(this.#postgres.waiting().length)} events in no batch`].join(', ');
  }
}
