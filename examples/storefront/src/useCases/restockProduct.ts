import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { Refusal } from '../refusal.js';

export interface Delivery {
  readonly productId: number;
  readonly quantity: number;
  /** The supplier's number of the delivery: the same one is not booked twice. */
  readonly deliveryNote: string;
}

export interface BookedDelivery extends Delivery {
  readonly stock: number;
}

/**
 * Books a supplier's delivery into stock.
 * @throws {Refusal} `not_found`, `delivery_note_taken`
 */
export class RestockProduct extends UseCase<Delivery, BookedDelivery, PoolClient> {
  protected async perform(delivery: Delivery, tx: PoolClient): Promise<BookedDelivery> {
    const { productId, quantity, deliveryNote } = delivery;
    const { rows } = await tx.query<{ stock: number }>(
      'UPDATE storefront.products SET stock = stock + $2 WHERE id = $1 RETURNING stock',
      [productId, quantity],
    );
    const product = rows[0];
    if (product === undefined) throw new Refusal('not_found', `There is no product ${String(productId)}.`);

    const booked = await tx.query(
      `INSERT INTO storefront.deliveries (delivery_note, product_id, quantity) VALUES ($1, $2, $3)
       ON CONFLICT (delivery_note) DO NOTHING`,
      [deliveryNote, productId, quantity],
    );
    if (booked.rowCount === 0) {
      throw new Refusal('delivery_note_taken', `Delivery note ${deliveryNote} is booked already.`);
    }
    return { productId, quantity, deliveryNote, stock: product.stock };
  }

  protected override getLogEvent(delivery: BookedDelivery): LogEvent {
    return {
      eventType: 'product_restocked',
      subject: `product:${String(delivery.productId)}`,
      eventContext: delivery,
    };
  }
}
