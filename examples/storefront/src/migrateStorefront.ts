import type { Pool } from 'pg';

/** Any number no other program uses: processes that start at the same time migrate one after the other. */
const migrationLock = 7_405_101;

/** The shop's own tables. Waybill's outbox lives beside them, in a schema of its own that Waybill migrates. */
const tables = `
  CREATE SCHEMA IF NOT EXISTS storefront;

  CREATE TABLE IF NOT EXISTS storefront.customers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    credit_limit_cents integer NOT NULL CHECK (credit_limit_cents >= 0),
    open_balance_cents integer NOT NULL DEFAULT 0,
    loyalty_points integer NOT NULL DEFAULT 0,
    registered_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE IF NOT EXISTS storefront.products (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents > 0),
    stock integer NOT NULL CHECK (stock >= 0),
    reorder_level integer NOT NULL CHECK (reorder_level >= 0)
  );

  CREATE TABLE IF NOT EXISTS storefront.deliveries (
    delivery_note text PRIMARY KEY,
    product_id integer NOT NULL REFERENCES storefront.products (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    received_at timestamptz NOT NULL DEFAULT now()
  );

  CREATE TABLE IF NOT EXISTS storefront.orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    customer_id integer NOT NULL REFERENCES storefront.customers (id),
    status text NOT NULL DEFAULT 'placed' CHECK (status IN ('placed', 'paid', 'shipped', 'cancelled')),
    total_cents integer NOT NULL DEFAULT 0,
    placed_at timestamptz NOT NULL DEFAULT now(),
    carrier text,
    cancel_reason text
  );

  CREATE TABLE IF NOT EXISTS storefront.order_lines (
    order_id integer NOT NULL REFERENCES storefront.orders (id),
    product_id integer NOT NULL REFERENCES storefront.products (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    price_cents integer NOT NULL,
    stock_left integer NOT NULL,
    PRIMARY KEY (order_id, product_id)
  );

  CREATE TABLE IF NOT EXISTS storefront.payments (
    order_id integer PRIMARY KEY REFERENCES storefront.orders (id),
    method text NOT NULL,
    amount_cents integer NOT NULL,
    paid_at timestamptz NOT NULL DEFAULT now(),
    refunded_at timestamptz
  );

  CREATE TABLE IF NOT EXISTS storefront.loyalty_entries (
    order_id integer PRIMARY KEY REFERENCES storefront.orders (id),
    customer_id integer NOT NULL REFERENCES storefront.customers (id),
    points integer NOT NULL
  );

  CREATE TABLE IF NOT EXISTS storefront.product_views (
    product_id integer NOT NULL REFERENCES storefront.products (id),
    day date NOT NULL,
    views integer NOT NULL,
    PRIMARY KEY (product_id, day)
  );`;

/** Creates the shop's tables where they are missing. Safe to run at every start, in any number of processes at once. */
export async function migrateStorefront(pool: Pool): Promise<void> {
  // One call without values is one transaction; the lock is let go at its end.
  await pool.query(`SELECT pg_advisory_xact_lock(${String(migrationLock)}); ${tables}`);
}
