import { DemoError } from '../demoError.js';
import type { Ledger } from '../ledger/ledger.js';
import { Random } from './random.js';
import type { ShopClient } from './shopClient.js';
import { Shopper } from './shopper.js';
import { fillShelves } from './warehouse.js';

export interface TrafficOptions {
  readonly client: ShopClient;
  readonly ledger: Ledger;
  readonly seed: number;
  /** Clients that ask at the same time. */
  readonly shoppers: number;
  /** Attempts to place an order, over all clients. */
  readonly ordersMax: number;
  readonly durationMsMax: number;
  /** Ends the traffic early. */
  readonly signal: AbortSignal;
  readonly onOrderPlaced?: (orderId: number) => void;
}

/** Requests of all kinds, until enough orders were attempted or the time is up. */
export async function runTraffic(options: TrafficOptions): Promise<void> {
  const { client, ledger, seed, ordersMax, durationMsMax, signal, onOrderPlaced } = options;
  const [firstProduct, ...others] = await fillShelves(client, ledger, new Random(seed));
  if (firstProduct === undefined) throw new DemoError('The shop has no products.');
  const productIds = [firstProduct, ...others] as const;
  const endMs = performance.now() + durationMsMax;
  let ordersAttempted = 0;

  async function shop(number: number): Promise<void> {
    const shopper = new Shopper({
      name: `shopper${String(number)}`,
      client,
      ledger,
      random: new Random(seed * 1_000 + number),
      productIds,
      onOrderPlaced,
    });
    await shopper.prepare();
    while (ordersAttempted < ordersMax && performance.now() < endMs && !signal.aborted) {
      if (await shopper.act()) ordersAttempted += 1;
    }
  }

  await Promise.all(Array.from({ length: options.shoppers }, (_, index) => shop(index + 1)));
}
