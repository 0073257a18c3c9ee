import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { lockOrder } from '../lockOrder.js';

export interface Shipment {
  readonly orderId: number;
  readonly carrier: string;
}

export interface ShippedOrder extends Shipment {
  readonly customerId: number;
}

/**
 * Hands a paid order to a carrier.
 * @throws {Refusal} `not_found`, `wrong_status`
 */
export class ShipOrder extends UseCase<Shipment, ShippedOrder, PoolClient> {
  protected async perform(shipment: Shipment, tx: PoolClient): Promise<ShippedOrder> {
    const { orderId, carrier } = shipment;
    const { customerId } = await lockOrder(tx, orderId, ['paid']);
    await tx.query(`UPDATE storefront.orders SET status = 'shipped', carrier = $2 WHERE id = $1`, [
      orderId,
      carrier,
    ]);
    return { orderId, carrier, customerId };
  }

  protected override getLogEvent(shipped: ShippedOrder): LogEvent {
    return { eventType: 'order_shipped', subject: `order:${String(shipped.orderId)}`, eventContext: shipped };
  }
}
