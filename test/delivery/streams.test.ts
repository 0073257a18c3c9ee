import { beforeEach, describe, expect, it } from 'vitest';
import { EventLogService, type EventLogServiceOptions } from '../../src/delivery/eventLogService.js';
import { deliveryPorts, type DeliveryPorts } from '../../src/delivery/ports.js';
import { inClickHouse } from '../support/clickhouse.js';
import type { TestDatabases } from '../support/databases.js';
import { expectExactlyOnce, readAttempts, seedEvents, testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await testDatabases();
});

/** What the streams of a run do at the same time, seen at its two ports. */
class WatchedPorts {
  readonly ports: DeliveryPorts;
  takes = 0;
  /** Inserts that are under way or held. */
  inserts = 0;
  /** Most of them since it was last set. */
  insertsMax = 0;
  #held: Promise<void> | undefined;

  constructor() {
    const { outbox, eventLog } = deliveryPorts(databases.outbox, databases.eventLog);
    this.ports = {
      outbox: {
        ...outbox,
        takeBatch: (take) => {
          this.takes += 1;
          return outbox.takeBatch(take);
        },
      },
      eventLog: {
        ...eventLog,
        insertBatch: async (insert) => {
          this.inserts += 1;
          this.insertsMax = Math.max(this.insertsMax, this.inserts);
          await this.#held;
          return eventLog.insertBatch(insert).finally(() => (this.inserts -= 1));
        },
      },
    };
  }

  /** Holds inserts until so many of them have come together. */
  async gather(inserts: number): Promise<void> {
    let letGo: () => void = () => undefined;
    this.#held = new Promise((resolve) => (letGo = resolve));
    await waitUntil(`${String(inserts)} inserts come together`, () => this.inserts >= inserts).finally(letGo);
  }
}

function serviceOf({ ports }: WatchedPorts, options: Partial<EventLogServiceOptions> = {}): EventLogService {
  return new EventLogService(ports, {
    partitionQuantity: 10,
    failedSendingRetries: 1_000,
    concurrency: 4,
    claimLeaseMs: 60_000,
    backoff: { firstMs: 5, maxMs: 10 },
    ...options,
  });
}

describe('the streams of a run', () => {
  it('are as many as DELIVERY_CONCURRENCY while there is work for them', async () => {
    const committed = await seedEvents(databases, 400);
    const watched = new WatchedPorts();
    const run = serviceOf(watched).run();
    await watched.gather(4);
    expect(await run).toMatchObject({ endedBecause: 'drained', batchesDelivered: 40 });
    expect(watched.insertsMax).toBe(4);
    await expectExactlyOnce(databases, committed);
  });

  it('are one where there is nothing to do, which asks once', async () => {
    const watched = new WatchedPorts();
    expect(await serviceOf(watched, { concurrency: 16 }).run()).toMatchObject({ endedBecause: 'drained' });
    expect(watched.takes).toBe(1);
  });

  it('become one while ClickHouse has too many parts, and more again once it has merged them', async () => {
    const committed = await seedEvents(databases, 3_000);
    await inClickHouse(
      databases,
      'SYSTEM STOP MERGES DB.event_log',
      'ALTER TABLE DB.event_log MODIFY SETTING parts_to_delay_insert = 2, parts_to_throw_insert = 3, max_delay_to_insert = 0',
    );
    const watched = new WatchedPorts();
    const run = serviceOf(watched).run();
    const attemptsThatEnded = async (how: string): Promise<(string | null)[]> =>
      (await readAttempts(databases))
        .filter(({ outcome }) => outcome === how)
        .map(({ error_code: code }) => code);
    const failures = (): Promise<(string | null)[]> => attemptsThatEnded('unavailable');
    await waitUntil('ClickHouse has refused several inserts', async () => (await failures()).length >= 8);
    watched.insertsMax = 0;
    await waitUntil('it has refused several more', async () => (await failures()).length >= 16);
    expect(new Set(await failures())).toEqual(new Set(['252 TOO_MANY_PARTS']));
    expect(watched.insertsMax).toBe(1);

    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log MODIFY SETTING parts_to_delay_insert = 1000, parts_to_throw_insert = 3000',
      'SYSTEM START MERGES DB.event_log',
    );
    await waitUntil(
      'it has taken what four streams need',
      async () => (await attemptsThatEnded('delivered')).length > 40,
    );
    await watched.gather(4);
    expect(await run).toMatchObject({
      endedBecause: 'drained',
      batchesDelivered: 300,
      eventsDelivered: 3_000,
    });
    await expectExactlyOnce(databases, committed);
  });
});
