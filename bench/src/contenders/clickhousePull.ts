import { createClient } from '@clickhouse/client';
import { recordColumns } from '../backlog.js';
import type { Serve } from '../processes/benchProcess.js';
import {
  warmUpBatchSize,
  warmUpRows,
  type Contender,
  type DrainOrder,
  type DrainResult,
  type DrainSetup,
} from './contender.js';
import { plainTableFill, plainTableText } from './plainTable.js';
import { idRanges, inStreams } from './streaming.js';

/**
 * ClickHouse reads from Postgres by itself, a range of ids a statement. There is no bookkeeping at all: nothing knows what has
 * been delivered, and after a failure some of it is lost or doubled. It is the floor of what moving the rows costs.
 */
export const clickhousePull: Contender = {
  name: 'clickhousePull',
  title: 'ClickHouse pulling, no bookkeeping',
  module: new URL(import.meta.url),
  memoryOf: 'none',
  warmUpRows,
  table: 'record',
  async prepare(_setup, pool) {
    await pool.query(plainTableText);
  },
  fill: plainTableFill,
};

export const serve: Serve<DrainSetup, DrainOrder, DrainResult> = (setup) => {
  const clickhouse = createClient({ url: setup.clickhouseUrl });
  const source = sourceText(setup.databaseUrl);
  return Promise.resolve({
    handle(order) {
      const nextRange = idRanges(
        order.firstId,
        order.lastId,
        order.kind === 'drain' ? setup.batchSize : warmUpBatchSize,
      );
      return inStreams(order.kind === 'drain' ? order.limitMs : Infinity, async () => {
        const range = nextRange();
        if (range === undefined) return 0;
        await clickhouse.command({
          query: `
            INSERT INTO ${setup.clickhouseTable} (${recordColumns})
            SELECT ${recordColumns} FROM ${source}
            WHERE id >= ${String(range.from)} AND id <= ${String(range.to)}`,
        });
        return range.to - range.from + 1;
      });
    },
    close: () => clickhouse.close(),
  });
};

/** Postgres as ClickHouse names it. The servers trust each other: there is no password. */
function sourceText(databaseUrl: string): string {
  const { host, pathname, username } = new URL(databaseUrl);
  return `postgresql('${host}', '${pathname.slice(1)}', 'record', '${username}', '')`;
}
