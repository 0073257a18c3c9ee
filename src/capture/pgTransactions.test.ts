import { describe, expect, it } from 'vitest';
import { pgTransactions } from './pgTransactions.js';

/** A pool of one client whose COMMIT fails as told. Real Postgres is in test/capture. */
function poolWhoseCommitFails(error: Error): {
  pool: Parameters<typeof pgTransactions>[0];
  released: boolean[];
} {
  const released: boolean[] = [];
  const client = {
    query: (text: string) =>
      text === 'COMMIT'
        ? Promise.reject(error)
        : Promise.resolve({ rows: [], command: text, rowCount: null }),
    on: () => undefined,
    off: () => undefined,
    release: (destroy = false) => {
      released.push(destroy);
    },
  };
  const connect = (): Promise<typeof client> => Promise.resolve(client);
  return { pool: { connect }, released };
}

describe('a COMMIT that fails', () => {
  it('because the connection was lost says that the outcome is not known, and keeps the cause', async () => {
    const lost = new Error('Connection terminated unexpectedly');
    const { pool } = poolWhoseCommitFails(lost);
    await expect(pgTransactions(pool).run(() => Promise.resolve())).rejects.toMatchObject({
      code: 'COMMIT_OUTCOME_UNKNOWN',
      cause: lost,
    });
  });

  it('because Postgres refused it passes the refusal on', async () => {
    const refusal = Object.assign(new Error('violates foreign key constraint'), {
      severity: 'ERROR',
      code: '23503',
    });
    const { pool, released } = poolWhoseCommitFails(refusal);
    await expect(pgTransactions(pool).run(() => Promise.resolve())).rejects.toBe(refusal);
    expect(released).toEqual([false]);
  });
});
