import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { forward, startFront, type Front, type TakenRequest } from './front.js';

/** ClickHouse behind a profile with `async_insert` on and `wait_for_async_insert` off, unless an insert says otherwise. */
export interface InsertQueue extends Front {
  /** Stores the oldest of what is queued, as ClickHouse does when its time has come: without its token. */
  flushOldest(): Promise<void>;
  /** Inserts in the queue. */
  length(): number;
}

export async function startInsertQueue(targetUrl: string): Promise<InsertQueue> {
  const queued: TakenRequest[] = [];
  const front = await startFront(async (taken, response) => {
    if (taken.query.includes('query=INSERT') && !/[?&]async_insert=0/.test(taken.query)) {
      queued.push(taken);
      response.writeHead(200, { 'x-clickhouse-summary': '{"written_rows":"0"}' }).end();
      return;
    }
    const answer = await forward(targetUrl, taken);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  });
  return {
    ...front,
    length: () => queued.length,
    async flushOldest() {
      const taken = queued.shift();
      if (taken === undefined) return;
      const url = new URL(taken.incoming.url ?? '/', targetUrl);
      url.searchParams.delete('insert_deduplication_token');
      url.searchParams.set('insert_deduplicate', '0');
      url.searchParams.set('deduplicate_insert', 'disable');
      taken.incoming.url = `${url.pathname}${url.search}`;
      const answer = await forward(targetUrl, taken);
      await text(answer);
    },
  };
}
