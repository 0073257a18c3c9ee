import type { ClickHouseStandIn } from './clickhouseStandIn.js';
import type { Journal } from './journal.js';
import type { BatchRow, EventRow, PostgresObserver, PostgresStandIn } from './postgresStandIn.js';

/** Without faults a batch takes one attempt, and few more where its claim or its last insert is left from before. */
const calmAttemptsMax = 5;

/**
 * What Waybill promises, held against the stand-ins: at each change, and once everything has come to rest. The first
 * breach is kept.
 */
export class Promises implements PostgresObserver {
  /** What was broken, if anything was. */
  breach: string | undefined;
  readonly #postgres: PostgresStandIn;
  readonly #clickhouse: ClickHouseStandIn;
  readonly #journal: Journal;
  /** The batch that owns an event: the one that was not replaced. */
  readonly #owners = new Map<EventRow, BatchRow>();

  /** Attempts that each batch had taken when faults ended. */
  readonly #attemptsBefore = new Map<string, number>();

  constructor(postgres: PostgresStandIn, clickhouse: ClickHouseStandIn, journal: Journal) {
    this.#postgres = postgres;
    this.#clickhouse = clickhouse;
    this.#journal = journal;
    postgres.observer = this;
    clickhouse.observer = (events) => {
      this.#checkRows(events);
    };
  }

  break(what: string): void {
    if (this.breach !== undefined) return;
    this.breach = what;
    this.#journal.note('PROMISE', `broken: ${what}`);
  }

  /** Faults have ended: from now on each batch must get through with few attempts. */
  calmBegins(): void {
    for (const { id, attemptCount } of this.#postgres.batches.values())
      this.#attemptsBefore.set(id, attemptCount);
  }

  sealed(batch: BatchRow): void {
    for (const event of batch.events) {
      if (this.#owners.has(event)) this.break(`event ${String(event.id)} was sealed twice`);
      if (event.state !== 'committed')
        this.break(`event ${String(event.id)} was sealed and is not committed`);
      this.#owners.set(event, batch);
    }
  }

  attempted(outcome: string): void {
    this.#journal.count(`outcome: ${outcome}`);
  }

  /** Whoever sends can know by its own clock that nobody else has claimed the batch. */
  sent(batch: BatchRow, isHeld: boolean): void {
    if (!isHeld) this.break(`${batch.id} was sent by a worker whose claim had passed to another`);
  }

  closed(batch: BatchRow): void {
    if (batch.status === 'REPLACED') this.#handOver(batch);
    if (batch.status === 'DELIVERED') this.#checkRows(batch.events);
    if (batch.status === 'QUARANTINED') this.#checkQuarantine(batch);
  }

  /** A batch's children own its events from now on: each event one child. */
  #handOver(parent: BatchRow): void {
    const children = [...this.#postgres.batches.values()].filter(({ parentId }) => parentId === parent.id);
    this.#journal.count(children.length === 1 ? 'step: batch replaced by another' : 'step: batch split');
    if (children.some(({ purgeParent }) => purgeParent))
      this.#journal.count('step: batch replaced, rows to delete');
    for (const event of parent.events) {
      const owners = children.filter(({ events }) => events.includes(event));
      const [owner] = owners;
      if (owner === undefined || owners.length > 1)
        this.break(
          `event ${String(event.id)} of ${parent.id}, replaced, has ${String(owners.length)} owners`,
        );
      else this.#owners.set(event, owner);
    }
  }

  /** An outage never quarantines: only an insert of this very event that was refused for its data does. */
  #checkQuarantine(batch: BatchRow): void {
    this.#journal.count('step: event quarantined');
    if (batch.events.length !== 1)
      this.break(`${batch.id}, quarantined, has ${String(batch.events.length)} events`);
    const { refusedBatches } = this.#clickhouse;
    if (!refusedBatches.has(batch.id) && !refusedBatches.has(batch.parentId ?? ''))
      this.break(`${batch.id} was quarantined, but ClickHouse never refused it`);
  }

  /** An event that counts as delivered is in ClickHouse once, from that moment on and for good. */
  #checkRows(events: readonly EventRow[]): void {
    for (const event of events) {
      const owner = this.#owners.get(event);
      const rows = this.#clickhouse.rowsOfEvent(event);
      if (owner?.status === 'DELIVERED' && rows !== 1)
        this.break(
          `event ${String(event.id)} of ${owner.id}, DELIVERED, is in ClickHouse ${String(rows)} times`,
        );
    }
  }

  /** Everything has come to rest. */
  checkAtRest(): void {
    for (const { id, attemptCount } of this.#postgres.batches.values()) {
      const attempts = attemptCount - (this.#attemptsBefore.get(id) ?? 0);
      if (attempts > calmAttemptsMax) this.break(`${id} took ${String(attempts)} attempts without any fault`);
    }
    for (const event of this.#postgres.events) {
      const rows = this.#clickhouse.rowsOfEvent(event);
      const status = this.#owners.get(event)?.status;
      if (event.state !== 'committed') {
        if (rows > 0) this.break(`event ${String(event.id)} was rolled back and is in ClickHouse`);
      } else if (status === 'QUARANTINED') this.#checkQuarantinedAtRest(event, rows);
      else if (status !== 'DELIVERED')
        this.break(`event ${String(event.id)} is ${status ?? 'in no batch'} for ever`);
      else if (rows !== 1) this.break(`event ${String(event.id)} is in ClickHouse ${String(rows)} times`);
    }
  }

  #checkQuarantinedAtRest(event: EventRow, rows: number): void {
    if (!event.bad) this.break(`event ${String(event.id)} is good and was quarantined`);
    if (rows > 0)
      this.break(`event ${String(event.id)} is quarantined and in ClickHouse ${String(rows)} times`);
  }
}
