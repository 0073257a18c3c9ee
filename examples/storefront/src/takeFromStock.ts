import type { PoolClient } from 'pg';
import { Refusal } from './refusal.js';

export interface OrderLine {
  readonly productId: number;
  readonly quantity: number;
}

export interface TakenLine extends OrderLine {
  readonly priceCents: number;
  readonly stockLeft: number;
  readonly reorderLevel: number;
  /** Stock was above the reorder level before this line and is not any more. */
  readonly becameLow: boolean;
}

/**
 * Takes each line's goods from stock, products in the order of their ids, so that two orders for the same products
 * wait for each other instead of deadlocking.
 * @throws {Refusal} `not_found`, `out_of_stock`
 */
export async function takeFromStock(tx: PoolClient, lines: readonly OrderLine[]): Promise<TakenLine[]> {
  const taken: TakenLine[] = [];
  for (const line of lines.toSorted((left, right) => left.productId - right.productId)) {
    taken.push(await takeLine(tx, line));
  }
  return taken;
}

async function takeLine(tx: PoolClient, line: OrderLine): Promise<TakenLine> {
  const { productId, quantity } = line;
  const { rows } = await tx.query<{ priceCents: number; stockLeft: number; reorderLevel: number }>(
    `UPDATE storefront.products SET stock = stock - $2 WHERE id = $1 AND stock >= $2
     RETURNING price_cents AS "priceCents", stock AS "stockLeft", reorder_level AS "reorderLevel"`,
    [productId, quantity],
  );
  const product = rows[0];
  if (product === undefined) throw await refuseLine(tx, line);
  const { stockLeft, reorderLevel } = product;
  const becameLow = stockLeft <= reorderLevel && stockLeft + quantity > reorderLevel;
  return { productId, quantity, ...product, becameLow };
}

async function refuseLine(tx: PoolClient, line: OrderLine): Promise<Refusal> {
  const { rows } = await tx.query<{ stock: number }>('SELECT stock FROM storefront.products WHERE id = $1', [
    line.productId,
  ]);
  const product = rows[0];
  return product === undefined
    ? new Refusal('not_found', `There is no product ${String(line.productId)}.`)
    : new Refusal(
        'out_of_stock',
        `Of product ${String(line.productId)} there are ${String(product.stock)}, ${String(line.quantity)} were ordered.`,
      );
}
