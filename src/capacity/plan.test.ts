import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settings, type Setting } from '../config/settings.js';
import { assumptions } from './assumptions.js';
import { captureCpuSeconds } from './captureCost.js';
import type { CapacityRequest } from './demand.js';
import { planCapacity, type CapacityPlan } from './plan.js';

const requests: fc.Arbitrary<CapacityRequest> = fc.record({
  eventsPerSecond: fc
    .double({ min: -3, max: 9, noNaN: true, noDefaultInfinity: true })
    .map((power) => 10 ** power),
  bytesPerEvent: fc.option(fc.integer({ min: 100, max: 300_000 }), { nil: undefined }),
  batchEventsMax: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
  freshnessMs: fc.option(fc.integer({ min: 120, max: 86_400_000 }), { nil: undefined }),
  networkMs: fc.option(fc.double({ min: 0, max: 10_000, noNaN: true }), { nil: undefined }),
  postgresCores: fc.option(fc.integer({ min: 1, max: 1_024 }), { nil: undefined }),
});

/** For rounding of floating-point numbers only. */
const exactly = 1 + 1e-9;

function forAll(holds: (plan: CapacityPlan, request: CapacityRequest) => void): void {
  fc.assert(
    fc.property(requests, (request) => {
      holds(planCapacity(request), request);
    }),
    { numRuns: 1_000 },
  );
}

describe('a plan', () => {
  it('sends exactly the events that are captured', () => {
    forAll(({ servers, delivery, demand }) => {
      expect(delivery.batchesPerSecond * delivery.eventsPerBatch).toBeCloseTo(servers.eventsPerSecondEach, 4);
      expect(servers.eventsPerSecondEach * servers.count).toBeCloseTo(demand.eventsPerSecond, 4);
    });
  });

  it('never fills a batch beyond its size', () => {
    forAll(({ delivery }) => {
      expect(delivery.eventsPerBatch).toBeLessThanOrEqual(delivery.batchEventsMax * exactly);
      expect(delivery.eventsPerBatch).toBeGreaterThanOrEqual(1 / exactly);
    });
  });

  it('never takes more of a Postgres server, its WAL or its worker than the assumed share', () => {
    forAll(({ demand, cores, bytesPerSecond }) => {
      const postgres = cores.postgresCaptureOfOutbox + cores.postgresDeliveryOfOutbox;
      expect(postgres).toBeLessThanOrEqual(demand.postgresCores * assumptions.postgresShare * exactly);
      expect(bytesPerSecond.walOfOutbox).toBeLessThanOrEqual(assumptions.walBytesPerSecondMax * exactly);
      expect(cores.nodeOfOutbox).toBeLessThanOrEqual(assumptions.busyShareMax * exactly);
    });
  });

  it('takes no more servers than the lowest limit asks for', () => {
    forAll(({ demand, servers }) => {
      const lowest = Math.min(...servers.limits.map(({ eventsPerSecondMax }) => eventsPerSecondMax));
      expect(lowest * servers.count * exactly).toBeGreaterThanOrEqual(demand.eventsPerSecond);
      if (servers.count > 1) expect(lowest * (servers.count - 1)).toBeLessThan(demand.eventsPerSecond);
    });
  });

  it('leaves time between two runs, and so can catch up', () => {
    forAll(({ delivery }) => {
      expect(delivery.runMs).toBeLessThanOrEqual(delivery.intervalMs * assumptions.busyShareMax * exactly);
      expect(delivery.catchUpSeconds).toBeGreaterThanOrEqual(0);
    });
  });

  it('recommends only what the options take', () => {
    const accepted = ({ schema }: Setting<number>, value: number): void => {
      expect(schema.safeParse(value)).toMatchObject({ success: true });
    };
    forAll(({ delivery, cleaning }) => {
      accepted(settings.logEventsPartitionQuantity, delivery.batchEventsMax);
      accepted(settings.logSendingFrequencyInMinutes, delivery.intervalMs / 60_000);
      accepted(settings.logEventsMaxWaitInMinutes, 0);
      accepted(settings.deliveryConcurrency, delivery.concurrency);
      accepted(settings.outboxCleanInMinutes, cleaning.intervalMinutes);
      accepted(settings.eventPartitionSize, cleaning.partitionEvents);
    });
  });

  it('holds a freshness of seconds at any rate, and says so when one cannot be held', () => {
    for (const eventsPerSecond of [0.1, 100, 40_000, 1_000_000, 30_000_000]) {
      const { delivery } = planCapacity({ eventsPerSecond, freshnessMs: 2_000 });
      expect(delivery.freshnessMaxMs).toBeLessThanOrEqual(2_000);
    }
    const far = planCapacity({ eventsPerSecond: 1_000, freshnessMs: 500, networkMs: 200 });
    expect(far.delivery.freshnessMaxMs).toBeGreaterThan(800);
  });
});

describe('more events a second', () => {
  it('never take fewer servers, cores, disk, WAL or connections in all', () => {
    const totals = (plan: CapacityPlan): number[] => {
      const { servers, cores, clickhouse, bytesPerSecond, cleaning } = plan;
      return [
        servers.count,
        servers.count * cores.postgresCaptureOfOutbox,
        servers.count * bytesPerSecond.walOfOutbox,
        servers.count * cleaning.bytesPerHour,
        bytesPerSecond.networkIntoClickHouse,
        clickhouse.bytesPerDay,
      ];
    };
    fc.assert(
      fc.property(requests, fc.double({ min: 1, max: 100, noNaN: true }), (request, factor) => {
        const few = totals(planCapacity({ ...request, batchEventsMax: 10_000, freshnessMs: 1_000 }));
        const many = totals(
          planCapacity({
            ...request,
            batchEventsMax: 10_000,
            freshnessMs: 1_000,
            eventsPerSecond: request.eventsPerSecond * factor,
          }),
        );
        for (const [at, total] of few.entries())
          expect((many[at] ?? 0) * exactly).toBeGreaterThanOrEqual(total);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never take fewer servers than capture alone would', () => {
    forAll(({ demand, servers }) => {
      const captureCores = demand.eventsPerSecond * captureCpuSeconds(demand.bytesPerEvent);
      const coresOfServer = demand.postgresCores * assumptions.postgresShare;
      expect(servers.count * exactly).toBeGreaterThanOrEqual(captureCores / coresOfServer);
    });
  });
});

describe('batches that are too small', () => {
  it('make the worker or its streams decide how many servers there are', () => {
    const { servers } = planCapacity({ eventsPerSecond: 100_000, batchEventsMax: 10 });
    expect(['worker_cpu', 'streams']).toContain(servers.limits[0]?.name);
    expect(servers.count).toBeGreaterThan(planCapacity({ eventsPerSecond: 100_000 }).servers.count);
  });
});
