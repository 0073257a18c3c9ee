import { describe, expect, it } from 'vitest';
import { planCapacity } from '../capacity/plan.js';
import type { CapacityRequest } from '../capacity/demand.js';
import { capacityParts, type CapacityFigure } from './capacityFigures.js';
import { describeCapacity } from './describeCapacity.js';

const requests: readonly CapacityRequest[] = [
  { eventsPerSecond: 0.02, freshnessMs: 600_000 },
  { eventsPerSecond: 5_000 },
  { eventsPerSecond: 20_000, batchEventsMax: 100, networkMs: 0 },
  { eventsPerSecond: 100_000, bytesPerEvent: 2_000, freshnessMs: 120, networkMs: 30, postgresCores: 64 },
  { eventsPerSecond: 1_000_000, freshnessMs: 5_000 },
  { eventsPerSecond: 50_000_000 },
];

const units: Readonly<Record<string, number>> = {
  bytes: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3_600,
  d: 86_400,
};
const quantity = /([\d,]+(?:\.\d+)?)(?: (bytes|kB|MB|GB|TB|PB|µs|ms|min|s|h|d)\b)?/g;

function quantitiesIn(text: string): number[] {
  return [...text.matchAll(quantity)].map(
    ([, digits = '', unit]) =>
      Number(digits.replaceAll(',', '')) * (unit === undefined ? 1 : (units[unit] ?? NaN)),
  );
}

/** What a value says: `2 h 5 min` is one time, and of others the first number counts. */
function numberIn({ value }: CapacityFigure): number {
  const [first = NaN] = quantitiesIn(value);
  const isTime = /^[^\d]*[\d,]+ (min|h|d) \d+ (s|min|h)/.test(value);
  return isTime ? quantitiesIn(value).reduce((sum, part) => sum + part, 0) : first;
}

/** Computes what a reader would, from the numbers as they are shown. */
function compute(steps: string): number {
  const isRoundedUp = steps.endsWith(', rounded up');
  const numbers = steps.replaceAll(quantity, (match) => String(quantitiesIn(match)[0]));
  const expression = numbers
    .replaceAll('×', '*')
    .replaceAll('÷', '/')
    .replaceAll('−', '-')
    .replaceAll(/(?<![\d.])[a-z][a-z ,]*|, rounded up|, each event its own/gi, '');
  const result = new Arithmetic(expression).result();
  return isRoundedUp ? Math.ceil(result) : result;
}

/** Sums, products and parentheses. */
class Arithmetic {
  readonly #tokens: string[];

  constructor(expression: string) {
    this.#tokens = expression.match(/[\d.]+(?:e[+-]?\d+)?|[-+*/()]/g) ?? [];
  }

  result(): number {
    const value = this.#sum();
    if (this.#tokens.length > 0) throw new Error(`There is more: ${this.#tokens.join(' ')}`);
    return value;
  }

  #sum(): number {
    let value = this.#product();
    while (this.#tokens[0] === '+' || this.#tokens[0] === '-')
      value += this.#tokens.shift() === '+' ? this.#product() : -this.#product();
    return value;
  }

  #product(): number {
    let value = this.#factor();
    while (this.#tokens[0] === '*' || this.#tokens[0] === '/')
      value *= this.#tokens.shift() === '*' ? this.#factor() : 1 / this.#factor();
    return value;
  }

  #factor(): number {
    const token = this.#tokens.shift();
    if (token !== '(') return Number(token);
    const value = this.#sum();
    this.#tokens.shift();
    return value;
  }
}

describe('the computation under a figure', () => {
  it.each(requests)('comes to that figure when a reader does it: %o', (request) => {
    for (const part of capacityParts(planCapacity(request))) {
      for (const figure of part.figures) {
        if (figure.steps === undefined || figure.value.startsWith('under')) continue;
        const name = `${part.title}, ${figure.label}: ${figure.value} = ${figure.steps}`;
        const ratio = compute(figure.steps) / numberIn(figure);
        expect(ratio, name).toBeGreaterThan(0.97);
        expect(ratio, name).toBeLessThan(1.03);
      }
    }
  });
});

describe('the description', () => {
  it.each(requests)('fits 80 columns: %o', (request) => {
    for (const explain of [false, true])
      for (const line of describeCapacity(planCapacity(request), explain).split('\n'))
        expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('shows computations only when asked', () => {
    const plan = planCapacity({ eventsPerSecond: 5_000 });
    expect(describeCapacity(plan, true)).toContain('= 5,000 × 337 bytes');
    expect(describeCapacity(plan, false)).not.toMatch(/^ +=/m);
  });

  it('says what follows', () => {
    const textOf = (request: CapacityRequest): string =>
      describeCapacity(planCapacity(request), false).replaceAll(/\s+/g, ' ');
    expect(textOf({ eventsPerSecond: 100, freshnessMs: 10_000 })).toContain(
      'ClickHouse recommends around one',
    );
    expect(textOf({ eventsPerSecond: 20_000, batchEventsMax: 100 })).toContain(
      'Raise LOG_EVENTS_PARTITION_QUANTITY',
    );
    expect(textOf({ eventsPerSecond: 1_000_000 })).toContain('outboxes share nothing but the table');
    expect(textOf({ eventsPerSecond: 1_000_000 })).toContain('were never measured here');
    expect(textOf({ eventsPerSecond: 100, networkMs: 500 })).toContain('1 s cannot be held');
  });
});
