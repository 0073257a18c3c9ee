import { expectedKey, identityKey, type EventType, type ExpectedEvent } from './eventKey.js';

/** A request whose outcome its client did not see: the shop's own tables will tell. */
export type OpenQuestion =
  | { readonly about: 'registration'; readonly email: string }
  | { readonly about: 'delivery'; readonly deliveryNote: string }
  | { readonly about: 'order'; readonly reference: string }
  | { readonly about: 'payment' | 'shipment' | 'cancellation'; readonly orderId: number };

/**
 * What the event log must hold, known from the outside: from what the shop answered to each request. It knows nothing
 * of outbox, batches or delivery, so that nothing which goes wrong there can hide itself here.
 *
 * Every event is expected once, whatever the number of answers that speak of it: the shop's rules allow each of them
 * to happen only once.
 */
export class Ledger {
  readonly #expected = new Map<string, ExpectedEvent>();
  readonly #refused = new Set<string>();
  readonly #openQuestions: OpenQuestion[] = [];

  /** The shop said that it is done: its events must be there. */
  expect(events: readonly ExpectedEvent[]): void {
    for (const event of events) this.#expected.set(expectedKey(event), event);
  }

  /** The shop refused: none of these may be there, unless another request succeeded with the same. */
  refuse(eventTypes: readonly EventType[], identity: unknown): void {
    for (const eventType of eventTypes) this.#refused.add(identityKey(eventType, identity));
  }

  /** No answer was seen: it may have happened or not. */
  leaveOpen(question: OpenQuestion): void {
    this.#openQuestions.push(question);
  }

  get expectedCount(): number {
    return this.#expected.size;
  }

  get expected(): ReadonlyMap<string, ExpectedEvent> {
    return this.#expected;
  }

  get openQuestions(): readonly OpenQuestion[] {
    return this.#openQuestions;
  }

  wasRefused(identity: string): boolean {
    return this.#refused.has(identity);
  }
}
