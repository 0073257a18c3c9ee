import { existsSync } from 'node:fs';

const debianPostgres15 = '/usr/lib/postgresql/15/bin';

/** WAYBILL_TEST_POSTGRES=15 runs the tests on Debian's Postgres 15 instead of the embedded 18. */
export function chosenPostgres(): { readonly binDir?: string } {
  const version = process.env['WAYBILL_TEST_POSTGRES'] ?? '18';
  if (version === '18') return {};
  if (version !== '15') throw new Error(`WAYBILL_TEST_POSTGRES is ${version}; allowed: 15 or 18`);
  if (!existsSync(debianPostgres15))
    throw new Error(
      `There is no Postgres 15 in ${debianPostgres15}. Install it: apt-get install postgresql-15`,
    );
  return { binDir: debianPostgres15 };
}
