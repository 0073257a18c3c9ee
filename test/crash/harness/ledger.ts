import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** An event as the application knows it. Its subject is unique, and tells it from every other. */
export interface LedgerEvent {
  readonly subject: string;
  readonly eventType: string;
  readonly eventTimeMs: number;
  /** JSON text. */
  readonly context: string;
}

/** A row of the application's own table, and the events that were captured with it, in one transaction. */
export interface LedgerOrder {
  readonly order: string;
  readonly events: readonly LedgerEvent[];
}

export type LedgerEntry =
  /** Written before anything is sent. */
  | { readonly kind: 'intent'; readonly orders: readonly LedgerOrder[] }
  /** Written once the transaction has ended, with what the application was told. */
  | { readonly kind: 'committed' | 'rolledBack'; readonly orders: readonly string[] };

/** What the application meant to do and was told, kept outside every database. */
export interface Ledger {
  readonly orders: readonly LedgerOrder[];
  readonly committed: readonly string[];
  readonly rolledBack: readonly string[];
}

/** The entry is in the hands of the operating system when this returns, so that no kill -9 takes it back. */
export function appendEntry(file: string, entry: LedgerEntry): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

export function readLedger(file: string): Ledger {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const entries = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerEntry); // as appendEntry writes it
  const told = (kind: 'committed' | 'rolledBack'): string[] =>
    entries.flatMap((entry) => (entry.kind === kind ? entry.orders : []));
  return {
    orders: entries.flatMap((entry) => (entry.kind === 'intent' ? entry.orders : [])),
    committed: told('committed'),
    rolledBack: told('rolledBack'),
  };
}
