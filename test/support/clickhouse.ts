import { queryRows } from '../../src/eventlog/client.js';
import type { TestDatabases } from './databases.js';

type ClickHouseSide = Pick<TestDatabases, 'eventLog' | 'clickhouseDatabase'>;

/** Runs statements in ClickHouse, in which `DB.` stands for the test's own database. */
export async function inClickHouse(databases: ClickHouseSide, ...statements: string[]): Promise<void> {
  for (const statement of statements)
    await databases.eventLog.client.command({ query: withDatabase(databases, statement) });
}

/** The one number that a query of ClickHouse returns, named `number`. */
export async function numberFromClickHouse(databases: ClickHouseSide, query: string): Promise<number> {
  const [row] = await queryRows<{ number: string | number }>(
    databases.eventLog,
    withDatabase(databases, query),
  );
  return Number(row?.number);
}

function withDatabase({ clickhouseDatabase }: ClickHouseSide, text: string): string {
  return text.replaceAll(/\bDB\./g, `${clickhouseDatabase}.`);
}
