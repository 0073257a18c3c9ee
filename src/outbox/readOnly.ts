import { bounded, type Outbox } from './database.js';

/**
 * Each setting holds for the transaction alone, so any pooler will do. Compiling plans costs more than running them
 * here; a table that was not analysed since it filled would be read whole; and nobody who looks may take the cores of
 * those who work.
 */
const settings: readonly string[] = [
  'jit = off',
  'enable_seqscan = off',
  'max_parallel_workers_per_gather = 0',
];

/**
 * Runs queries in one read-only transaction and one snapshot. Postgres itself ends each after `statementMsMax`, and the
 * transaction when nobody goes on with it.
 */
export async function readOnly<Result>(
  outbox: Outbox,
  statementMsMax: number,
  work: (outbox: Outbox) => Promise<Result>,
): Promise<Result> {
  const client = await outbox.pool.connect();
  let usable = false;
  try {
    const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'].map(
      (setting) => `${setting} = ${String(Math.ceil(statementMsMax))}`,
    );
    const begin = [...settings, ...limits].map((setting) => `SET LOCAL ${setting}`);
    await client.query(bounded(['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...begin].join('; ')));
    const result = await work({
      ...outbox,
      query: (text, values) => client.query(bounded(text, values)),
    });
    await client.query(bounded('COMMIT'));
    usable = true;
    return result;
  } catch (error) {
    usable = await client.query(bounded('ROLLBACK')).then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    client.release(!usable);
  }
}
