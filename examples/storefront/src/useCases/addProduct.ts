import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { Refusal } from '../refusal.js';

export interface NewProduct {
  readonly sku: string;
  readonly name: string;
  readonly priceCents: number;
  readonly stock: number;
  /** When stock falls to this or below, it is low. */
  readonly reorderLevel: number;
}

export interface AddedProduct extends NewProduct {
  readonly productId: number;
}

/**
 * Puts a product on sale.
 * @throws {Refusal} `sku_taken`
 */
export class AddProduct extends UseCase<NewProduct, AddedProduct, PoolClient> {
  protected async perform(product: NewProduct, tx: PoolClient): Promise<AddedProduct> {
    const { sku, name, priceCents, stock, reorderLevel } = product;
    const { rows } = await tx.query<{ id: number }>(
      `INSERT INTO storefront.products (sku, name, price_cents, stock, reorder_level) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (sku) DO NOTHING
       RETURNING id`,
      [sku, name, priceCents, stock, reorderLevel],
    );
    const added = rows[0];
    if (added === undefined) throw new Refusal('sku_taken', `There is a product ${sku} already.`);
    return { productId: added.id, sku, name, priceCents, stock, reorderLevel };
  }

  protected override getLogEvent(product: AddedProduct): LogEvent {
    return {
      eventType: 'product_added',
      subject: `product:${String(product.productId)}`,
      eventContext: product,
    };
  }
}
