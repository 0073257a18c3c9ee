import { setTimeout as pause } from 'node:timers/promises';
import { startBenchProcess, type BenchProcess } from '../../processes/benchProcess.js';
import type { CaptureOrder, CaptureReport, CaptureSetup } from '../../processes/steadyCapture.js';
import type { BenchContext } from '../../section.js';
import { createWaybillOutbox, type WaybillOutbox } from '../../waybillOutbox.js';
import { measureSoak, type SoakSample } from './sampleSoak.js';
import {
  assertExactlyOnce,
  countDeadEvents,
  readVerdict,
  type DeadEvents,
  type SoakVerdict,
} from './verdict.js';

export interface SoakForm {
  readonly seconds: number;
  readonly sampleSeconds: number;
  readonly transactionsPerSecond: number;
  readonly cleanSeconds: number;
  /** When the worker is killed and when a transaction is held open, in seconds from the start. */
  readonly killAt?: number;
  readonly openAt?: number;
  readonly openSeconds: number;
}

export interface SoakRun {
  readonly samples: readonly SoakSample[];
  readonly verdict: SoakVerdict;
  readonly deadRows: DeadEvents;
  readonly partitionsDropped: number;
}

/** Nine events a transaction on average. */
const kinds: CaptureSetup['kinds'] = [
  { events: 1, percent: 75 },
  { events: 10, percent: 15 },
  { events: 70, percent: 10 },
];
/** Within this everything must be delivered once nothing is captured any more: a killed worker's claims last 60 s. */
const drainMsMax = 120_000;
/** The smallest that Waybill takes. */
const eventPartitionSize = 100_000;

/** @throws when an event is lost, doubled or invented */
export async function runSoak(context: BenchContext, form: SoakForm): Promise<SoakRun> {
  const outbox = await createWaybillOutbox(context.engines, 'soak', { eventPartitionSize });
  const soak = new Soak(context, form, outbox);
  try {
    return await soak.run();
  } finally {
    await soak.close();
    await outbox.drop();
  }
}

class Soak {
  readonly #context: BenchContext;
  readonly #form: SoakForm;
  readonly #outbox: WaybillOutbox;
  readonly #samples: SoakSample[] = [];
  readonly #startedMs = performance.now();
  #capture: BenchProcess<CaptureOrder, CaptureReport> | undefined;
  #worker: BenchProcess<never, never> | undefined;

  constructor(context: BenchContext, form: SoakForm, outbox: WaybillOutbox) {
    this.#context = context;
    this.#form = form;
    this.#outbox = outbox;
  }

  async run(): Promise<SoakRun> {
    const capture = await this.#startCapture();
    await this.#startWorker();
    await capture.ask('start');
    const disturbances = Promise.all([this.#killWorker(), this.#holdTransaction()]);
    while (this.#seconds() < this.#form.seconds) {
      await pause(this.#form.sampleSeconds * 1_000);
      await this.#sample(await capture.ask('report'));
    }
    await disturbances;
    const { ledger } = await capture.ask('stop');
    await this.#drained(ledger.events);
    await pause(2 * this.#form.cleanSeconds * 1_000); // a cleaning that has seen it all
    await this.#worker?.stop();
    const verdict = await readVerdict(this.#outbox, ledger);
    assertExactlyOnce(verdict);
    return {
      samples: this.#samples,
      verdict,
      deadRows: await countDeadEvents(this.#outbox),
      partitionsDropped: await this.#countDropped(),
    };
  }

  async close(): Promise<void> {
    await this.#capture?.stop();
    await this.#worker?.stop();
  }

  #seconds(): number {
    return (performance.now() - this.#startedMs) / 1_000;
  }

  async #startCapture(): Promise<BenchProcess<CaptureOrder, CaptureReport>> {
    const setup: CaptureSetup = {
      databaseUrl: this.#outbox.applicationUrl,
      connections: 8,
      transactionsPerSecond: this.#form.transactionsPerSecond,
      kinds,
      rolledBackPercent: 5,
    };
    this.#capture = await startBenchProcess(
      new URL('../../processes/steadyCapture.js', import.meta.url),
      setup,
    );
    return this.#capture;
  }

  /** Retention, lease, batch size and concurrency as they are by default. */
  async #startWorker(): Promise<void> {
    this.#worker = await startBenchProcess(new URL('../../processes/waybillWorker.js', import.meta.url), {
      ...this.#outbox.options,
      logSendingFrequencyInMinutes: 0.5 / 60,
      logEventsMaxWaitInMinutes: 1 / 60,
      outboxCleanInMinutes: this.#form.cleanSeconds / 60,
    });
  }

  async #killWorker(): Promise<void> {
    const { killAt } = this.#form;
    if (killAt === undefined) return;
    await pause(killAt * 1_000);
    this.#context.say('killing the worker and starting another');
    await this.#worker?.kill();
    await this.#startWorker();
  }

  async #holdTransaction(): Promise<void> {
    const { openAt, openSeconds } = this.#form;
    if (openAt === undefined) return;
    await pause(openAt * 1_000);
    this.#context.say(`holding a transaction open for ${String(openSeconds)} s`);
    const client = await this.#outbox.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
         VALUES (uuidv7(), 'never_committed', now(), 'production', '{}')`,
      );
      await pause(openSeconds * 1_000);
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
  }

  async #sample({ ledger, longestMs }: CaptureReport): Promise<void> {
    const measured = await measureSoak(this.#context.engines, this.#outbox, this.#worker?.pid);
    this.#samples.push({
      seconds: this.#seconds(),
      captured: ledger.events,
      longestCaptureMs: longestMs,
      ...measured,
    });
    const minute = Math.floor(this.#seconds() / 60);
    if (minute > Math.floor((this.#seconds() - this.#form.sampleSeconds) / 60))
      this.#context.say(`${String(minute)} min: ${ledger.events.toLocaleString('en')} events captured`);
  }

  async #drained(events: number): Promise<void> {
    const endMs = performance.now() + drainMsMax;
    for (;;) {
      const { delivered } = await measureSoak(this.#context.engines, this.#outbox, this.#worker?.pid);
      if (delivered >= events) return;
      if (performance.now() > endMs)
        throw new Error(`The soak has failed: ${String(events - delivered)} events are not delivered.`);
      await pause(200);
    }
  }

  /** Partitions begin at whole multiples of their size; those below the oldest that is there are gone. */
  async #countDropped(): Promise<number> {
    const { rows } = await this.#outbox.pool.query<{ oldest: string }>(
      `SELECT min(substring(pg_get_expr(relpartbound, relid) FROM $$FROM \\('?(\\d+)$$)::bigint) AS oldest
       FROM pg_partition_tree('waybill.event') JOIN pg_class ON pg_class.oid = relid WHERE isleaf`,
    );
    return Number(rows[0]?.oldest) / eventPartitionSize;
  }
}
