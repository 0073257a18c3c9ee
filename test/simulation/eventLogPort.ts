import type { EventLogPort } from '../../src/delivery/ports.js';
import type { BatchInsert } from '../../src/eventlog/insertBatch.js';
import { WaybillError } from '../../src/waybillError.js';
import type { Answer, ClickHouseStandIn, RunningInsert } from './clickhouseStandIn.js';
import { BatchRows } from './outboxPort.js';
import type { PostgresStandIn } from './postgresStandIn.js';
import { clickhouseErrors, postgresErrors } from './serverErrors.js';
import type { Wire } from './wire.js';

/** One worker's way to the event log. */
export function eventLogPort(
  wire: Wire,
  clickhouse: ClickHouseStandIn,
  postgres: PostgresStandIn,
): EventLogPort {
  let settingsKnown = false;
  return {
    checkTable: (signal) =>
      wire.call(
        'checkTable',
        (reply) => {
          const missing = new WaybillError('TABLE_MISSING', 'There is no table.');
          reply(clickhouse.isMisconfigured ? { error: missing } : { value: undefined });
        },
        signal,
      ),
    endInserts: (batchId, signal) =>
      wire.call(
        `endInserts ${batchId}`,
        (reply) => {
          reply({ value: clickhouse.endInserts(batchId) });
        },
        signal,
      ),
    countBatch: ({ id }, signal) =>
      wire.call(
        `countBatch ${id}`,
        (reply) => {
          reply({ value: clickhouse.countBatch(id, postgres.batch(id).events.length) });
        },
        signal,
      ),
    deleteBatch: ({ id }, signal) =>
      wire.call(
        `deleteBatch ${id}`,
        (reply) => {
          clickhouse.deleteBatch(id, () => {
            reply({ value: undefined });
          });
        },
        signal,
      ),
    async insertBatch(insert) {
      // As insertSettings does before a worker's first insert.
      if (!settingsKnown)
        await wire.call(
          'insertSettings',
          (reply) => {
            reply({ value: undefined });
          },
          insert.signal,
        );
      settingsKnown = true;
      insert.beforeSending();
      insert.signal.throwIfAborted();
      return new InsertExchange(wire, clickhouse, postgres, insert).run();
    },
    forgetKnownSettings: () => {
      settingsKnown = false;
    },
  };
}

/** What can become of an insert on its way, besides what can become of any call. */
const insertFaults = [
  'insert lost',
  'insert held up',
  'answer to an insert lost',
  'connection of an insert reset',
  'read of a batch fails half-way',
  'early answer to an insert',
  'answer to an insert without a summary',
  'server unavailable for an insert',
  'insert fails between two months',
] as const;

const givenUp: ReadonlySet<string> = new Set(['REPLACED', 'QUARANTINED']);

type InsertFault = (typeof insertFaults)[number];

/** One INSERT on its way to ClickHouse. Its body is read, and sent, for a while: until then it dies with its sender. */
class InsertExchange {
  readonly #batchId: string;
  readonly #isHeld: () => boolean;
  readonly #sentInTime: boolean;
  readonly #rows: BatchRows;
  readonly #fault: InsertFault | undefined;

  readonly #wire: Wire;
  readonly #clickhouse: ClickHouseStandIn;
  readonly #postgres: PostgresStandIn;
  readonly #insert: BatchInsert;

  constructor(wire: Wire, clickhouse: ClickHouseStandIn, postgres: PostgresStandIn, insert: BatchInsert) {
    this.#wire = wire;
    this.#clickhouse = clickhouse;
    this.#postgres = postgres;
    this.#insert = insert;
    const [, batchId, epoch] = /^waybill-(.+)-(\d+)$/.exec(insert.queryId) ?? [];
    if (batchId === undefined || !(insert.rows instanceof BatchRows))
      throw new Error('An insert of a simulation carries the rows of a stand-in.');
    this.#batchId = batchId;
    this.#rows = insert.rows;
    this.#isHeld = () => {
      const batch = postgres.batch(batchId);
      return batch.status === 'SENDING' && batch.claimEpoch === Number(epoch);
    };
    this.#sentInTime = this.#isHeld();
    postgres.observer?.sent(postgres.batch(batchId), this.#sentInTime);
    const { choices, circumstances } = wire.surroundings;
    this.#fault = choices.chance(circumstances.insertFaultsPerMille)
      ? insertFaults[choices.among(insertFaults.length)]
      : undefined;
    if (this.#rows.failure !== undefined) this.#fault = 'read of a batch fails half-way';
  }

  run(): Promise<number | undefined> {
    const wire = this.#wire;
    const insert = this.#insert;
    const name = `insertBatch ${this.#batchId}`;
    return wire.exchange<number | undefined>(name, insert.signal, (answer, isOver) => {
      if (this.#fault !== undefined) wire.fault(this.#fault, name);
      if (this.#fault === 'insert lost') this.#answerLater(answer, clickhouseErrors.reset);
      else if (this.#fault === 'insert held up') this.#sendHeldUp(answer);
      else this.#send(answer, isOver);
    });
  }

  /** Something on the way has taken the request and hands it on later, whatever has become of its sender. */
  #sendHeldUp(answer: Reply): void {
    const wire = this.#wire;
    const clickhouse = this.#clickhouse;
    const { choices } = wire.surroundings;
    if (choices.among(2) === 1) this.#answerLater(answer, clickhouseErrors.reset);
    wire.arrive(500 + choices.among(12_000), () => {
      if (clickhouse.isDown) return;
      clickhouse.completeInsert(clickhouse.beginInsert(this.#request(answer)));
    });
  }

  #send(answer: Reply, isOver: () => boolean): void {
    const wire = this.#wire;
    const clickhouse = this.#clickhouse;
    wire.arrive(wire.latencyMs(), () => {
      if (clickhouse.isDown) {
        this.#answerLater(answer, clickhouseErrors.refusedConnection);
        return;
      }
      if (this.#fault === 'server unavailable for an insert') {
        this.#answerLater(answer, wire.server.unavailable());
        return;
      }
      const running = clickhouse.beginInsert(this.#request(answer));
      if (this.#fault === 'insert fails between two months')
        running.failsAfterMonths = wire.surroundings.choices.among(3);
      this.#sendBody(running, answer, isOver);
    });
  }

  #sendBody(running: RunningInsert, answer: Reply, isOver: () => boolean): void {
    const wire = this.#wire;
    const clickhouse = this.#clickhouse;
    const { time, choices } = wire.surroundings;
    const abandon = (): void => {
      clickhouse.abandonInsert(running);
    };
    if (!wire.process.isAlive) {
      time.after(1, abandon);
      return;
    }
    const stopWatching = wire.process.atDeath(() => time.after(1, abandon));
    const bodyMs = wire.latencyMs();
    // A reset may also come once the body is whole: then it goes on without anybody to answer to.
    const resetAtMs =
      this.#fault === 'connection of an insert reset' ? choices.among(2 * bodyMs + 40) : Infinity;
    if (resetAtMs < bodyMs)
      time.after(resetAtMs, () => {
        abandon();
        answer({ error: clickhouseErrors.reset });
      });
    else if (resetAtMs < Infinity)
      time.after(resetAtMs, () => {
        answer({ error: clickhouseErrors.reset });
      });
    time.after(bodyMs, () => {
      wire.process.receive(() => {
        stopWatching();
        if (this.#fault === 'read of a batch fails half-way') {
          this.#failReading(answer, abandon);
        } else if (isOver())
          abandon(); // given up meanwhile: the request is destroyed
        else {
          clickhouse.completeInsert(running);
          if (this.#fault === 'early answer to an insert') answer({ value: undefined });
        }
      });
    });
  }

  /** The request is destroyed and never ended. */
  #failReading(answer: Reply, abandon: () => void): void {
    this.#rows.failure ??= postgresErrors.copyFailed;
    abandon();
    answer({ error: clickhouseErrors.aborted });
  }

  #request(answer: Reply): Parameters<ClickHouseStandIn['beginInsert']>[0] {
    const wire = this.#wire;
    const insert = this.#insert;
    return {
      batchId: this.#batchId,
      token: insert.deduplicationToken,
      events: this.#rows.events,
      cameLate: this.#sentInTime && !this.#isHeld(),
      isGivenUp: () => givenUp.has(this.#postgres.batch(this.#batchId).status),
      reply: (answered) => {
        if (this.#fault === 'answer to an insert lost') {
          this.#answerLater(answer, clickhouseErrors.reset);
          return;
        }
        const silent = this.#fault === 'answer to an insert without a summary' && 'value' in answered;
        wire.surroundings.time.after(wire.latencyMs(), () => {
          answer(silent ? { value: undefined } : answered);
        });
      },
    };
  }

  #answerLater(answer: Reply, error: Error): void {
    this.#wire.surroundings.time.after(this.#wire.latencyMs(), () => {
      answer({ error });
    });
  }
}

type Reply = (answer: Answer<number | undefined>) => void;
