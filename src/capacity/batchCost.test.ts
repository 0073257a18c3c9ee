import { describe, expect, it } from 'vitest';
import { batchCosts, costOfBatch, costOfEvent, fitLine, sizeFactor } from './batchCost.js';
import { drainCosts, drainStreams, measuredCosts, measuredOn } from './measuredCosts.js';

describe('the line through measured costs', () => {
  it('is found again when the costs lie on one', () => {
    const points = [1_000, 10_000, 100_000].map((batchEvents) => ({
      batchEvents,
      secondsPerEvent: 0.02 / batchEvents + 0.000_005,
    }));
    const { perBatch, perEvent } = fitLine(points);
    expect(perBatch).toBeCloseTo(0.02, 9);
    expect(perEvent).toBeCloseTo(0.000_005, 12);
  });

  it('tells the same of a batch and of each of its events', () => {
    const line = { perBatch: 0.01, perEvent: 0.000_002 };
    expect(costOfBatch(line, 500)).toBeCloseTo(500 * costOfEvent(line, 500), 12);
  });
});

// Whoever enters new measurements learns here that they do not belong together.
describe('the measured costs', () => {
  it('use no more CPU than the machine had', () => {
    for (const cost of drainCosts) {
      const secondsPerMillion =
        cost.nodeCpuSecondsPerMillion +
        cost.postgresCpuSecondsPerMillion +
        cost.clickhouseCpuSecondsPerMillion;
      const cores = (cost.rowsPerSecond / 1_000_000) * secondsPerMillion;
      expect(cores, `batches of ${String(cost.batchEvents)}`).toBeLessThanOrEqual(measuredOn.cores * 1.1);
    }
  });

  it('lie near a line, whose parts are positive', () => {
    const costs = batchCosts(measuredOn.bytesPerEvent);
    for (const line of [costs.time, costs.node, costs.postgres, costs.clickhouse]) {
      expect(line.perBatch).toBeGreaterThan(0);
      expect(line.perEvent).toBeGreaterThan(0);
    }
    for (const { batchEvents, rowsPerSecond } of drainCosts) {
      const measured = drainStreams / rowsPerSecond;
      const fitted = costOfEvent(costs.time, batchEvents);
      expect(fitted / measured, `batches of ${String(batchEvents)}`).toBeGreaterThan(0.8);
      expect(fitted / measured, `batches of ${String(batchEvents)}`).toBeLessThan(1.25);
    }
  });

  it('are sorted by the size of the batch, and above zero', () => {
    const sizes = drainCosts.map(({ batchEvents }) => batchEvents);
    expect(sizes).toEqual(sizes.toSorted((one, other) => one - other));
    for (const { value } of Object.values(measuredCosts)) expect(value).toBeGreaterThan(0);
  });
});

describe('events of another size', () => {
  it('cost in proportion when they are larger, and no less when they are smaller', () => {
    expect(sizeFactor(2 * measuredOn.bytesPerEvent)).toBe(2);
    expect(sizeFactor(measuredOn.bytesPerEvent / 2)).toBe(1);
    const [small, large] = [batchCosts(measuredOn.bytesPerEvent), batchCosts(3 * measuredOn.bytesPerEvent)];
    expect(large.node.perEvent).toBeCloseTo(3 * small.node.perEvent, 12);
    expect(large.node.perBatch).toBe(small.node.perBatch);
  });
});
