/** Why the shop refuses a request that is well formed. */
export type RefusalReason =
  | 'not_found'
  | 'email_taken'
  | 'sku_taken'
  | 'reference_taken'
  | 'delivery_note_taken'
  | 'out_of_stock'
  | 'credit_limit_exceeded'
  | 'loyalty_limit_exceeded'
  | 'wrong_status';

/** A business rule says no. Thrown inside a use case, it undoes the change and its events with it. */
export class Refusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.name = 'Refusal';
    this.reason = reason;
  }
}
