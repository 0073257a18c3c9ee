import { DemoError } from '../demoError.js';
import type { Ledger } from '../ledger/ledger.js';
import { addedProduct, bookedDelivery, eventsOfDelivery, eventsOfProduct } from '../ledger/outcomes.js';
import type { Random } from './random.js';
import type { ShopClient } from './shopClient.js';
import { productNames } from './texts.js';

const productCount = 40;

/** Puts the shop's products on sale; returns their ids. Without products there is no traffic, so a failure is an error. */
export async function fillShelves(client: ShopClient, ledger: Ledger, random: Random): Promise<number[]> {
  const productIds: number[] = [];
  for (let number = 1; number <= productCount; number += 1) {
    const answer = await client.post('/products', {
      sku: `SKU-${String(number).padStart(3, '0')}`,
      name: `${random.pick(productNames)} ${String(number)}`,
      priceCents: random.integer(199, 9_999),
      stock: random.integer(60, 120),
      reorderLevel: 40,
    });
    if (answer.kind !== 'done')
      throw new DemoError(`The shop did not take product ${String(number)}: ${answer.kind}.`);
    const product = addedProduct.parse(answer.body);
    ledger.expect(eventsOfProduct(product));
    productIds.push(product.productId);
  }
  return productIds;
}

/** Restocks one product; the client may disconnect on the way. */
export async function restock(
  client: ShopClient,
  ledger: Ledger,
  delivery: { readonly productId: number; readonly quantity: number; readonly deliveryNote: string },
  abandonAfterMs: number | undefined,
): Promise<'done' | 'refused' | 'unseen'> {
  const { productId, quantity, deliveryNote } = delivery;
  const path = `/products/${String(productId)}/deliveries`;
  const answer = await client.post(path, { quantity, deliveryNote }, { abandonAfterMs });
  if (answer.kind === 'done') ledger.expect(eventsOfDelivery(bookedDelivery.parse(answer.body)));
  if (answer.kind === 'refused') ledger.refuse(['product_restocked'], deliveryNote);
  if (answer.kind === 'unseen') ledger.leaveOpen({ about: 'delivery', deliveryNote });
  return answer.kind;
}
