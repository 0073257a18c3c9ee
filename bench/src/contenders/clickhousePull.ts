import { createClient } from '@clickhouse/client';
import { recordColumns } from '../backlog.js';
import type { Contender } from './contender.js';
import { plainTable } from './plainTable.js';
import { serveDrains, type ServeDrains } from './serveDrains.js';
import { idRanges, inStreams } from './streaming.js';

/**
 * ClickHouse reads from Postgres by itself, a range of ids a statement. There is no bookkeeping at all: nothing knows what has
 * been delivered, and after a failure some of it is lost or doubled. It is the floor of what moving the rows costs. One
 * statement after the other; {@link clickhousePullParallel} has as many at a time as Waybill has streams.
 */
export const clickhousePull: Contender = {
  name: 'clickhousePull',
  title: 'ClickHouse pulling, no bookkeeping',
  module: new URL(import.meta.url),
  memoryOf: 'none',
  backlog: plainTable,
};

export function servePulls(pulls: number): ServeDrains {
  return serveDrains((setup) => {
    const clickhouse = createClient({ url: setup.clickhouseUrl });
    const source = sourceText(setup.databaseUrl);
    return Promise.resolve({
      drain({ firstId, lastId, limitMs }) {
        const nextRange = idRanges(firstId, lastId, setup.batchSize);
        return inStreams(
          limitMs,
          async () => {
            const range = nextRange();
            if (range === undefined) return 0;
            await clickhouse.command({
              query: `
            INSERT INTO ${setup.clickhouseTable} (${recordColumns})
            SELECT ${recordColumns} FROM ${source}
            WHERE id >= ${String(range.from)} AND id <= ${String(range.to)}`,
            });
            return range.to - range.from + 1;
          },
          pulls,
        );
      },
      close: () => clickhouse.close(),
    });
  });
}

export const serve = servePulls(1);

/** Postgres as ClickHouse names it. The servers trust each other: there is no password. */
function sourceText(databaseUrl: string): string {
  const { host, pathname, username } = new URL(databaseUrl);
  return `postgresql('${host}', '${pathname.slice(1)}', 'record', '${username}', '')`;
}
