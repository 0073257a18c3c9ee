import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { Refusal } from '../refusal.js';

export interface Registration {
  readonly email: string;
  readonly name: string;
  readonly creditLimitCents: number;
}

export interface RegisteredCustomer extends Registration {
  readonly customerId: number;
}

/**
 * The plainest use case: one row, one event.
 * @throws {Refusal} `email_taken`
 */
export class RegisterCustomer extends UseCase<Registration, RegisteredCustomer, PoolClient> {
  protected async perform(registration: Registration, tx: PoolClient): Promise<RegisteredCustomer> {
    const { email, name, creditLimitCents } = registration;
    const { rows } = await tx.query<{ id: number }>(
      `INSERT INTO storefront.customers (email, name, credit_limit_cents) VALUES ($1, $2, $3)
       ON CONFLICT (email) DO NOTHING
       RETURNING id`,
      [email, name, creditLimitCents],
    );
    const customer = rows[0];
    if (customer === undefined) throw new Refusal('email_taken', `${email} is registered already.`);
    return { customerId: customer.id, email, name, creditLimitCents };
  }

  protected override getLogEvent(customer: RegisteredCustomer): LogEvent {
    return {
      eventType: 'customer_registered',
      subject: `customer:${String(customer.customerId)}`,
      eventContext: customer,
    };
  }
}
