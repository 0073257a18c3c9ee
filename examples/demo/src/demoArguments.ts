import { parseArgs } from 'node:util';

export const usage = `Usage: npm run demo -- [options]

Starts Postgres, ClickHouse, a shop and Waybill's worker on this machine, sends the shop requests,
and checks every event: what the shop said happened against what ClickHouse holds.

  --orders N    orders to attempt                  (default 6,000)
  --seconds S   send requests for S seconds at most (default 45)
  --seed N      choose other requests               (default 1)
  --stay        keep everything running afterwards, until Ctrl-C

Ends with 0 if no event was lost, doubled or invented, with 1 otherwise.`;

export interface DemoSize {
  readonly orders: number;
  readonly seconds: number;
  readonly seed: number;
  readonly stay: boolean;
}

export type DemoArguments =
  | ({ readonly kind: 'run' } & DemoSize)
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

const bounds = { orders: [1, 10_000_000], seconds: [1, 86_400], seed: [0, 4_000_000] } as const;

/** Reads the command line: arguments after the program's name. */
export function demoArguments(given: readonly string[]): DemoArguments {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: {
        orders: { type: 'string', default: '6000' },
        seconds: { type: 'string', default: '45' },
        seed: { type: 'string', default: '1' },
        stay: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    const numbers = { orders: values.orders, seconds: values.seconds, seed: values.seed };
    for (const name of ['orders', 'seconds', 'seed'] as const) {
      const [min, max] = bounds[name];
      const value = Number(numbers[name]);
      if (/^\d+$/.test(numbers[name]) && value >= min && value <= max) continue;
      const allowed = `a whole number from ${String(min)} to ${max.toLocaleString('en')}`;
      return { kind: 'wrong', problem: `--${name} must be ${allowed}, not ${numbers[name]}.` };
    }
    const { orders, seconds, seed } = numbers;
    return {
      kind: 'run',
      orders: Number(orders),
      seconds: Number(seconds),
      seed: Number(seed),
      stay: values.stay,
    };
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}
