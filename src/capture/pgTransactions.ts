import { WaybillError } from '../waybillError.js';
import type { CaptureTransaction, Transactions } from './transactions.js';

/** A client of `pg` inside a transaction, by its shape. A `PoolClient` or a `Client` fits. */
export interface PgTransaction {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: unknown[]; command: string; rowCount: number | null }>;
}

/** A client that goes back to its pool. */
interface ReleasableClient extends PgTransaction {
  release(destroy?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** A `Pool` of `pg`, by its shape. `Client` is whatever its `connect` resolves to, so that `perform` gets the full type. */
export interface PgPool<Client extends ReleasableClient> {
  connect(): Promise<Client>;
  // The other way to call it, which pg declares last: the compiler infers from the last one, and would miss Client.
  connect(callback: (...args: never[]) => void): void;
}

/**
 * Transactions on a `Pool` of `pg`.
 *
 * @example
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * const placeOrder = new PlaceOrder(pgTransactions(pool));
 */
export function pgTransactions<Client extends ReleasableClient>(pool: PgPool<Client>): Transactions<Client> {
  let savepoints = 0;

  async function run<Result>(work: (tx: Client) => Promise<Result>): Promise<Result> {
    const client = await pool.connect();
    let reusable = false;
    client.on('error', ignoreLostConnection);
    try {
      await client.query('BEGIN');
      const result = await work(client);
      const { command } = await client.query('COMMIT').catch((error: unknown) => {
        throw isRefusal(error) ? error : outcomeUnknownError(error);
      });
      reusable = true;
      // A transaction in which a statement failed, its error swallowed by `work`, answers COMMIT with ROLLBACK.
      if (command !== 'COMMIT') throw rolledBackError();
      return result;
    } catch (error) {
      if (!reusable) reusable = await rollBack(client);
      throw error;
    } finally {
      client.off('error', ignoreLostConnection);
      client.release(!reusable);
    }
  }

  async function runNested<Result>(tx: Client, work: (tx: Client) => Promise<Result>): Promise<Result> {
    savepoints += 1;
    const savepoint = `waybill_${String(savepoints)}`;
    await tx.query(`SAVEPOINT ${savepoint}`);
    try {
      const result = await work(tx);
      // Fails when a statement inside failed and its error was swallowed; then this part is undone as well.
      await tx.query(`RELEASE SAVEPOINT ${savepoint}`);
      return result;
    } catch (error) {
      await undoTo(tx, savepoint, error);
      throw error;
    }
  }

  return { run, runNested, toCapture: (tx): CaptureTransaction => tx };
}

/**
 * A connection that is lost while `work` waits for something else than the database says so by an event, which would
 * end the process if nobody listened. The next statement fails, and with it the transaction.
 */
function ignoreLostConnection(): void {
  // Nothing to do: see above.
}

/** Tells whether the connection is usable afterwards; one whose rollback fails is destroyed, which rolls back too. */
async function rollBack(client: PgTransaction): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false; // the error that matters is the one that led here
  }
}

async function undoTo(tx: PgTransaction, savepoint: string, workError: unknown): Promise<void> {
  try {
    await tx.query(`ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`);
  } catch (undoError) {
    throw new WaybillError(
      'TRANSACTION_LOST',
      'A nested use case failed and could not be undone by itself. Nothing of the transaction is stored; run it again.',
      { cause: new AggregateError([workError, undoError]) },
    );
  }
}

/** Postgres itself refused the COMMIT, as for a deferred constraint: nothing is stored. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR';
}

function outcomeUnknownError(cause: unknown): WaybillError {
  return new WaybillError(
    'COMMIT_OUTCOME_UNKNOWN',
    'The connection was lost while the transaction was being committed. The change and its events are either both ' +
      'stored or both not. Look which, before the use case is run again.',
    { cause },
  );
}

function rolledBackError(): WaybillError {
  return new WaybillError(
    'TRANSACTION_ROLLED_BACK',
    'The transaction was rolled back instead of committed, because one of its statements had failed and the error ' +
      'was not passed on. Neither the change nor its events are stored. Let the error of the statement through.',
  );
}
