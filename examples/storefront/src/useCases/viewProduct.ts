import type { PoolClient } from 'pg';
import { UseCase } from 'waybill';
import { Refusal } from '../refusal.js';

export interface ProductView {
  readonly productId: number;
}

export interface ViewedProduct {
  readonly productId: number;
  readonly sku: string;
  readonly name: string;
  readonly priceCents: number;
  readonly inStock: boolean;
  readonly viewsToday: number;
}

/**
 * Shows a product and counts the view. It has no `getLogEvent`, so it logs nothing: a use case is a transaction
 * first, and a source of events only if it says so.
 * @throws {Refusal} `not_found`
 */
export class ViewProduct extends UseCase<ProductView, ViewedProduct, PoolClient> {
  protected async perform({ productId }: ProductView, tx: PoolClient): Promise<ViewedProduct> {
    const { rows } = await tx.query<Omit<ViewedProduct, 'viewsToday'>>(
      `SELECT id AS "productId", sku, name, price_cents AS "priceCents", stock > 0 AS "inStock"
       FROM storefront.products WHERE id = $1`,
      [productId],
    );
    const product = rows[0];
    if (product === undefined) throw new Refusal('not_found', `There is no product ${String(productId)}.`);

    const counted = await tx.query<{ views: number }>(
      `INSERT INTO storefront.product_views (product_id, day, views) VALUES ($1, current_date, 1)
       ON CONFLICT (product_id, day) DO UPDATE SET views = product_views.views + 1
       RETURNING views`,
      [productId],
    );
    return { ...product, viewsToday: counted.rows[0]?.views ?? 0 };
  }
}
