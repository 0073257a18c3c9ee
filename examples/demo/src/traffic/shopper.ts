import type { EventType, ExpectedEvent } from '../ledger/eventKey.js';
import type { Ledger, OpenQuestion } from '../ledger/ledger.js';
import {
  cancelledOrder,
  eventsOfCancellation,
  eventsOfOrder,
  eventsOfPayment,
  eventsOfRegistration,
  eventsOfShipment,
  paidOrder,
  placedOrder,
  productsThatBecameLow,
  registeredCustomer,
  shippedOrder,
} from '../ledger/outcomes.js';
import type { Random } from './random.js';
import type { Answer, ShopClient } from './shopClient.js';
import { cancelReasons, carriers, customerNames, paymentMethods } from './texts.js';
import { restock } from './warehouse.js';

/** What a shopper does next, and how often. */
const habits = {
  placeOrder: 34,
  viewProduct: 24,
  payOrder: 22,
  shipOrder: 8,
  cancelOrder: 4,
  registerCustomer: 3,
  restockProduct: 0.2,
  askNonsense: 3,
} as const;

const chances = {
  /** The client disconnects before the answer, a few milliseconds after asking. */
  abandon: 0.03,
  /** After that it asks the same again, as clients do. */
  askAgain: 0.6,
  /** The order is placed for the customer whose credit limit is nil, so it is refused after everything was written. */
  beyondCredit: 0.06,
  restockLowProduct: 0.8,
} as const;

const abandonAfterMsMax = 12;
/** Orders a shopper keeps in mind; older ones are left as they are. */
const ordersInMindMax = 50;

export interface ShopperOptions {
  readonly name: string;
  readonly client: ShopClient;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly productIds: readonly [number, ...number[]];
  /** Told of every order that the shop said is placed. */
  readonly onOrderPlaced?: ((orderId: number) => void) | undefined;
}

interface Request {
  readonly path: string;
  readonly body: unknown;
  readonly refusedEvents: readonly EventType[];
  readonly identity: string | number;
  readonly question: OpenQuestion;
  readonly eventsOf: (body: unknown) => ExpectedEvent[];
}

/**
 * One client of the shop. It asks one thing after another, writes into the ledger what the shop answered, and remembers
 * its own customers and orders, so that shoppers need not know of each other.
 */
export class Shopper {
  readonly #options: ShopperOptions;
  readonly #customerIds: number[] = [];
  #customerWithoutCredit: number | undefined;
  #placedOrderIds: number[] = [];
  #paidOrderIds: number[] = [];
  #named = 0;

  constructor(options: ShopperOptions) {
    this.#options = options;
  }

  /** Registers the customers that its orders need. */
  async prepare(): Promise<void> {
    await this.#register(150_000);
    const refused = await this.#register(0);
    this.#customerWithoutCredit = refused;
  }

  /** Does one thing. Returns true if that was an attempt to place an order. */
  async act(): Promise<boolean> {
    const habit = this.#options.random.weighted(habits);
    switch (habit) {
      case 'placeOrder':
        await this.#placeOrder();
        return true;
      case 'viewProduct':
        await this.#options.client.get(`/products/${String(this.#anyProduct())}`);
        return false;
      case 'payOrder':
        await this.#payOrder();
        return false;
      case 'shipOrder':
        await this.#shipOrder();
        return false;
      case 'cancelOrder':
        await this.#cancelOrder();
        return false;
      case 'registerCustomer':
        await this.#register(this.#options.random.integer(20_000, 200_000));
        return false;
      case 'restockProduct':
        await this.#restock(this.#anyProduct());
        return false;
      case 'askNonsense':
        await this.#askNonsense();
        return false;
    }
  }

  async #register(creditLimitCents: number): Promise<number | undefined> {
    const { random } = this.#options;
    const email = `${this.#newName()}@example.org`;
    const request: Request = {
      path: '/customers',
      body: { email, name: random.pick(customerNames), creditLimitCents },
      refusedEvents: ['customer_registered'],
      identity: email,
      question: { about: 'registration', email },
      eventsOf: (body) => eventsOfRegistration(registeredCustomer.parse(body)),
    };
    const answer = await this.#ask(request);
    if (random.chance(0.1)) await this.#ask(request); // someone clicks twice: the address is taken now
    if (answer.kind !== 'done') return undefined;
    const { customerId } = registeredCustomer.parse(answer.body);
    if (creditLimitCents > 0) this.#customerIds.push(customerId);
    return customerId;
  }

  async #placeOrder(): Promise<void> {
    const { random, onOrderPlaced } = this.#options;
    const beyondCredit = random.chance(chances.beyondCredit) ? this.#customerWithoutCredit : undefined;
    const customerId = beyondCredit ?? this.#customerIds[random.integer(0, this.#customerIds.length - 1)];
    if (customerId === undefined) return;
    const reference = this.#newName();
    const answer = await this.#ask({
      path: '/orders',
      body: { reference, customerId, lines: this.#chooseLines() },
      refusedEvents: ['order_placed', 'stock_low'],
      identity: reference,
      question: { about: 'order', reference },
      eventsOf: (body) => (isRepeated(body) ? [] : eventsOfOrder(placedOrder.parse(body))),
    });
    if (answer.kind !== 'done') return;
    const order = placedOrder.parse(answer.body);
    this.#placedOrderIds = [...this.#placedOrderIds, order.orderId].slice(-ordersInMindMax);
    if (isRepeated(answer.body)) return;
    onOrderPlaced?.(order.orderId);
    for (const { productId } of productsThatBecameLow(order.lines)) {
      if (random.chance(chances.restockLowProduct)) await this.#restock(productId);
    }
  }

  #chooseLines(): { productId: number; quantity: number }[] {
    const { random } = this.#options;
    const productIds = new Set(Array.from({ length: random.integer(1, 4) }, () => this.#anyProduct()));
    return [...productIds].map((productId) => ({ productId, quantity: random.integer(1, 3) }));
  }

  async #payOrder(): Promise<void> {
    const orderId = this.#takeOrder(this.#placedOrderIds);
    if (orderId === undefined) return;
    const answer = await this.#ask({
      path: `/orders/${String(orderId)}/payment`,
      body: { method: this.#options.random.pick(paymentMethods) },
      refusedEvents: ['order_paid', 'loyalty_points_earned'],
      identity: orderId,
      question: { about: 'payment', orderId },
      eventsOf: (body) => eventsOfPayment(paidOrder.parse(body)),
    });
    if (answer.kind === 'done') this.#paidOrderIds = [...this.#paidOrderIds, orderId].slice(-ordersInMindMax);
  }

  async #shipOrder(): Promise<void> {
    // Now and then an order that is not paid, which is refused.
    const isPremature = this.#options.random.chance(0.15);
    const orderId = isPremature ? this.#placedOrderIds.at(-1) : this.#takeOrder(this.#paidOrderIds);
    if (orderId === undefined) return;
    await this.#ask({
      path: `/orders/${String(orderId)}/shipment`,
      body: { carrier: this.#options.random.pick(carriers) },
      refusedEvents: ['order_shipped'],
      identity: orderId,
      question: { about: 'shipment', orderId },
      eventsOf: (body) => eventsOfShipment(shippedOrder.parse(body)),
    });
  }

  async #cancelOrder(): Promise<void> {
    const { random } = this.#options;
    const orderId = this.#takeOrder(random.chance(0.5) ? this.#placedOrderIds : this.#paidOrderIds);
    if (orderId === undefined) return;
    await this.#ask({
      path: `/orders/${String(orderId)}/cancellation`,
      body: { reason: random.pick(cancelReasons) },
      refusedEvents: ['order_cancelled', 'payment_refunded'],
      identity: orderId,
      question: { about: 'cancellation', orderId },
      eventsOf: (body) => eventsOfCancellation(cancelledOrder.parse(body)),
    });
  }

  async #restock(productId: number): Promise<void> {
    const { client, ledger, random } = this.#options;
    const delivery = { productId, quantity: random.integer(80, 200), deliveryNote: this.#newName() };
    const seen = await restock(client, ledger, delivery, this.#whenToAbandon());
    if (seen === 'unseen' && random.chance(chances.askAgain))
      await restock(client, ledger, delivery, undefined);
  }

  /** Requests that no one should have sent. None of them leaves anything. */
  async #askNonsense(): Promise<void> {
    const { client, random } = this.#options;
    const [path, body] = random.pick<readonly [string, unknown]>([
      ['/orders', { reference: '', customerId: -1, lines: [] }],
      ['/orders/2147483647/payment', { method: 'card' }],
      ['/customers', { email: 'nobody', name: 'a\0b', creditLimitCents: 1.5 }],
      ['/products/0/deliveries', { quantity: 0 }],
    ]);
    await client.post(path, body);
  }

  /** Asks, perhaps disconnects and asks again, and writes down what the shop says. */
  async #ask(request: Request): Promise<Answer> {
    const { random } = this.#options;
    const answer = await this.#askOnce(request, this.#whenToAbandon());
    if (answer.kind !== 'unseen' || !random.chance(chances.askAgain)) return answer;
    return this.#askOnce(request, undefined);
  }

  async #askOnce(request: Request, abandonAfterMs: number | undefined): Promise<Answer> {
    const { client, ledger } = this.#options;
    const answer = await client.post(request.path, request.body, { abandonAfterMs });
    if (answer.kind === 'done') ledger.expect(request.eventsOf(answer.body));
    if (answer.kind === 'refused') ledger.refuse(request.refusedEvents, request.identity);
    if (answer.kind === 'unseen') ledger.leaveOpen(request.question);
    return answer;
  }

  #whenToAbandon(): number | undefined {
    const { random } = this.#options;
    return random.chance(chances.abandon) ? random.next() * abandonAfterMsMax : undefined;
  }

  #takeOrder(orderIds: number[]): number | undefined {
    if (orderIds.length === 0) return undefined;
    return orderIds.splice(this.#options.random.integer(0, orderIds.length - 1), 1)[0];
  }

  #anyProduct(): number {
    return this.#options.random.pick(this.#options.productIds);
  }

  /** A name that nothing else in this demo has. */
  #newName(): string {
    this.#named += 1;
    return `${this.#options.name}-${String(this.#named)}`;
  }
}

/** The shop answered with an order that an earlier request had placed; that one's events are expected already. */
function isRepeated(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'repeated' in body && body.repeated === true;
}
