import type { BatchCount } from '../../src/eventlog/countBatch.js';
import type { Alterations } from './alterations.js';
import type { Choices } from './choices.js';
import type { Circumstances } from './circumstances.js';
import type { Journal } from './journal.js';
import type { EventRow } from './postgresStandIn.js';
import { clickhouseErrors, unavailableAnswers, valueRefused, viewRefused } from './serverErrors.js';
import type { VirtualTime } from './virtualTime.js';
import type { Surroundings } from './surroundings.js';

/** What a server answers. */
export type Answer<Value> = { readonly value: Value } | { readonly error: unknown };

/** One INSERT, as a worker has sent it. */
export interface InsertRequest {
  readonly batchId: string;
  readonly token: string;
  readonly events: readonly EventRow[];
  /** It was sent while its worker held the claim, was held up on its way, and came when the claim was over. */
  readonly cameLate: boolean;
  /** Its batch was replaced, or is quarantined. */
  readonly isGivenUp: () => boolean;
  readonly reply: (answer: Answer<number>) => void;
}

/** An INSERT that has reached the server and has not ended. */
export interface RunningInsert {
  readonly request: InsertRequest;
  /** After so many months the server gives up: what it has stored stays. */
  failsAfterMonths: number | undefined;
  ended: boolean;
}

/** One row of the table. An event that is doubled has several. */
interface StoredRow {
  readonly event: EventRow;
}

/** Told whenever the rows of an event change in number. */
export type RowsObserver = (events: readonly EventRow[]) => void;

/**
 * ClickHouse 26.7, as far as delivery has to do with it: a table that stores each month of an insert as one block,
 * one after another; remembers the tokens of the last blocks; ends queries; deletes by batch; refuses bad rows, or has
 * them refused by a view when they are stored already.
 */
export class ClickHouseStandIn {
  observer: RowsObserver | undefined;
  isDown = false;
  /** Inserts are forbidden. */
  isMisconfigured = false;
  isMended = false;
  /** Batches of which an insert was refused for its data. */
  readonly refusedBatches = new Set<string>();
  readonly alterations: Alterations;
  readonly #time: VirtualTime;
  readonly #choices: Choices;
  readonly #journal: Journal;
  readonly #circumstances: Circumstances;
  readonly #rowsOfBatch = new Map<string, StoredRow[]>();
  readonly #rowsOfEvent = new Map<EventRow, number>();
  readonly #tokens = new Set<string>();
  readonly #tokensEver = new Set<string>();
  readonly #running = new Set<RunningInsert>();
  #mutations = 0;

  constructor(surroundings: Omit<Surroundings, 'underWay'>, alterations: Alterations) {
    this.#time = surroundings.time;
    this.#choices = surroundings.choices;
    this.#journal = surroundings.journal;
    this.#circumstances = surroundings.circumstances;
    this.alterations = alterations;
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.#running.size === 0 && this.#mutations === 0;
  }

  rowsOfEvent(event: EventRow): number {
    return this.#rowsOfEvent.get(event) ?? 0;
  }

  /** @param eventCount what a count that is altered to say so finds */
  countBatch(batchId: string, eventCount: number): BatchCount {
    const { countSays } = this.alterations;
    if (countSays === 'none') return { rows: 0, events: 0 };
    if (countSays === 'all') return { rows: eventCount, events: eventCount };
    const rows = this.#rowsOfBatch.get(batchId) ?? [];
    const events = countSays === 'rows only' ? rows.length : new Set(rows.map((row) => row.event)).size;
    return { rows: rows.length, events };
  }

  /** An insert arrives; its body follows. */
  beginInsert(request: InsertRequest): RunningInsert {
    const insert: RunningInsert = { request, failsAfterMonths: undefined, ended: false };
    this.#running.add(insert);
    return insert;
  }

  /** The connection of an insert breaks before its body is whole: nothing of it is stored. */
  abandonInsert(insert: RunningInsert): void {
    this.#end(insert);
  }

  /** The body of an insert is whole. */
  completeInsert(insert: RunningInsert): void {
    if (insert.ended) return;
    const { events, batchId } = insert.request;
    if (this.isMisconfigured) {
      this.#fail(insert, clickhouseErrors.noRights);
      return;
    }
    const badAt = events.findIndex((event) => event.bad);
    if (this.#circumstances.refusal === 'value' && badAt >= 0 && this.#refusesNow()) {
      this.refusedBatches.add(batchId);
      this.#journal.record('fault: rows refused for a value', 'clickhouse', batchId);
      this.#fail(insert, valueRefused(this.#choices.among(2) === 0 ? badAt + 1 : undefined));
      return;
    }
    const months = [...new Set(events.map((event) => event.month))];
    this.#storeMonths(insert, months, 0);
  }

  /** KILL QUERY … SYNC: what has not been stored by now never is. */
  endInserts(batchId: string): number {
    if (this.alterations.killEndsNothing === true) return 0;
    let ended = 0;
    for (const insert of this.#running) {
      if (insert.request.batchId !== batchId) continue;
      this.#journal.record('step: a running insert is ended', 'clickhouse', batchId);
      this.#fail(insert, clickhouseErrors.killed);
      ended += 1;
    }
    return ended;
  }

  /** ALTER TABLE … DELETE: takes away the rows that are there now, after a while, whether or not anybody waits. */
  deleteBatch(batchId: string, done: () => void): void {
    if (this.alterations.deleteDoesNothing === true) {
      done();
      return;
    }
    const doomed = new Set(this.#rowsOfBatch.get(batchId));
    this.#mutations += 1;
    const lastsMs = 1 + this.#choices.among(this.#choices.among(10) === 9 ? 6_000 : 300);
    this.#time.after(lastsMs, () => {
      this.#mutations -= 1;
      this.#journal.record('step: rows of a replaced batch are deleted', 'clickhouse', batchId);
      this.#remove(batchId, doomed);
      if (this.#circumstances.emptiedPartsForgotten) this.#forgetTokens(batchId);
      done();
    });
  }

  /** Others insert into the table. */
  insertOthersBlock(name: string): void {
    this.#remember(name);
  }

  /** The server ends, with everything that runs on it, and comes back after a while. */
  crash(downMs: number): void {
    this.#journal.record('fault: ClickHouse down', 'clickhouse', `for ${String(downMs)} ms`);
    this.isDown = true;
    for (const insert of this.#running) this.#fail(insert, clickhouseErrors.reset);
    this.#time.after(downMs, () => {
      this.isDown = false;
    });
  }

  #refusesNow(): boolean {
    return !this.isMended && this.#time.nowMs >= this.#circumstances.refusesFromMs;
  }

  #storeMonths(insert: RunningInsert, months: readonly number[], at: number): void {
    this.#time.after(1 + this.#choices.among(at === 0 ? 20 : 60), () => {
      if (insert.ended) return;
      const month = months[at];
      if (insert.failsAfterMonths === at) {
        this.#journal.record('fault: insert ends between two months', 'clickhouse', insert.request.batchId);
        this.#fail(insert, unavailableAnswers[this.#choices.among(2)] ?? clickhouseErrors.memory);
      } else if (month === undefined) this.#finish(insert);
      else {
        this.#storeMonth(insert.request, month);
        this.#storeMonths(insert, months, at + 1);
      }
    });
  }

  #storeMonth(request: InsertRequest, month: number): void {
    const { batchId, events } = request;
    const token = `${request.token}/${String(month)}`;
    if (this.alterations.tokensIgnored !== true) {
      if (this.#tokens.has(token)) {
        this.#journal.record('step: block recognised by its token', 'clickhouse', batchId);
        return;
      }
      const limit = this.#limitOf(request, token);
      if (limit !== undefined) {
        this.#journal.record(`limit: ${limit}`, 'clickhouse', batchId);
        return;
      }
      this.#remember(token);
    }
    const stored = events.filter((event) => event.month === month);
    this.#journal.note('clickhouse', `stores ${String(stored.length)} rows of ${batchId}, month`, month);
    const rows = this.#rowsOfBatch.get(batchId) ?? [];
    rows.push(...stored.map((event) => ({ event })));
    this.#rowsOfBatch.set(batchId, rows);
    for (const event of stored) this.#rowsOfEvent.set(event, this.rowsOfEvent(event) + 1);
    this.observer?.(stored);
  }

  /**
   * What no sender can prevent, and is left out of the promise: a request that was sent in time, was held up on its way,
   * and comes when ClickHouse has no means to know it. Such a request stores nothing here, and is counted.
   */
  #limitOf(request: InsertRequest, token: string): string | undefined {
    if (!request.cameLate) return undefined;
    // In life a token is remembered for 10,000 blocks, which pass in minutes at the highest rates and in days at others.
    if (this.#tokensEver.has(token)) return 'request came after its token was forgotten';
    // The table refused its batch, so the batch was given up with its token unused; then the table was mended.
    if (request.isGivenUp()) return 'request came after its batch was refused and the table mended';
    return undefined;
  }

  #finish(insert: RunningInsert): void {
    const { events, batchId, reply } = insert.request;
    if (this.#circumstances.refusal === 'view' && events.some((event) => event.bad) && this.#refusesNow()) {
      this.refusedBatches.add(batchId);
      this.#journal.record('fault: rows stored, then refused by a view', 'clickhouse', batchId);
      this.#fail(insert, viewRefused);
      return;
    }
    this.#end(insert);
    // A repetition is answered like the first: with the rows that were sent.
    reply({ value: events.length * (this.#circumstances.viewAddsRows ? 2 : 1) });
  }

  #fail(insert: RunningInsert, error: unknown): void {
    if (insert.ended) return;
    this.#end(insert);
    insert.request.reply({ error });
  }

  #end(insert: RunningInsert): void {
    insert.ended = true;
    this.#running.delete(insert);
  }

  /** The parts that a DELETE has emptied are dropped some time later, and their tokens with them. */
  #forgetTokens(batchId: string): void {
    this.#time.after(this.#choices.among(3_000), () => {
      for (const token of this.#tokens) if (token.startsWith(`${batchId}/`)) this.#tokens.delete(token);
    });
  }

  #remember(token: string): void {
    this.#tokens.add(token);
    this.#tokensEver.add(token);
    if (this.#tokens.size <= this.#circumstances.deduplicationWindow) return;
    const [oldest] = this.#tokens;
    if (oldest !== undefined) this.#tokens.delete(oldest);
    this.#journal.count('step: a token is forgotten');
  }

  #remove(batchId: string, doomed: ReadonlySet<StoredRow>): void {
    const rows = this.#rowsOfBatch.get(batchId) ?? [];
    const removed = rows.filter((row) => doomed.has(row)).map((row) => row.event);
    this.#rowsOfBatch.set(
      batchId,
      rows.filter((row) => !doomed.has(row)),
    );
    for (const event of removed) this.#rowsOfEvent.set(event, this.rowsOfEvent(event) - 1);
    this.observer?.(removed);
  }
}
