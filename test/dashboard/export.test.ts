import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, inject, it } from 'vitest';
import { exportedEvent } from '../../src/dashboard/schema/events.js';
import { seedEvents, testDatabases, testProxy } from '../support/outbox.js';
import { inClickHouse } from '../support/clickhouse.js';
import { serveDashboard } from '../../src/dashboard/serveDashboard.js';
import { here, refused, requestOf, testDashboard } from './dashboards.js';
import { deliverAll, filledDatabases } from './filled.js';

const bulkText = (rows: number): string =>
  `INSERT INTO DB.event_log (event_id, event_type, event_date_time, environment, event_context, metadata_version, batch_id)
   SELECT generateUUIDv7(), 'bulk', now64(6) - toIntervalMillisecond(number), 'test',
          concat('{"text":"', repeat('x', 1000), '","number":', toString(number), '}'), 1, generateUUIDv4(1)
   FROM numbers(${String(rows)})`;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory that is in use, and not merely not collected yet, which depends on what else the machine does. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('an export', () => {
  it('is the whole result, each event once, with where it is', async () => {
    const databases = await filledDatabases();
    const dashboard = testDashboard(databases);
    const response = await dashboard.fetch(requestOf('exportEvents', { query: { format: 'ndjson' } }), here);
    expect(response.headers.get('content-type')).toContain('application/x-ndjson');
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="events-[\dT-]+\.ndjson"$/,
    );
    const lines = (await response.text()).trimEnd().split('\n');
    const events = lines.map((line) => exportedEvent.parse(JSON.parse(line)));
    const inState = (state: string): string[] =>
      events
        .filter((event) => event.state === state)
        .map((event) => event.event_id)
        .sort();
    expect(inState('delivered')).toEqual([...databases.deliveredIds].sort());
    expect(inState('quarantined')).toEqual([...databases.quarantinedIds].sort());
    expect(inState('awaiting')).toEqual([...databases.awaitingIds].sort());
    expect(events[0]?.event_context).toMatchObject({ text: '' });

    const csv = await (
      await dashboard.fetch(requestOf('exportEvents', { query: { format: 'csv' } }), here)
    ).text();
    expect(csv.trimEnd().split('\r\n')).toHaveLength(16);
  });

  it('holds to the filter, also over many pages of the outbox and holes in it', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 2_500);
    await databases.pool.query('DELETE FROM waybill.event WHERE id % 7 = 0');
    await databases.service({ partitionQuantity: 1_100 }).run();
    const waiting = await seedEvents(databases, 1_200);
    const dashboard = testDashboard(databases);
    const read = async (query: Record<string, string | string[]>): Promise<string[]> => {
      const given = { query: { ...query, format: 'ndjson' } };
      const text = await (await dashboard.fetch(requestOf('exportEvents', given), here)).text();
      return text
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '');
    };
    const all = await read({});
    const { rows } = await databases.pool.query('SELECT count(*)::integer AS number FROM waybill.event');
    expect(all).toHaveLength((rows[0] as { number: number }).number);
    expect(new Set(all.map((line) => (JSON.parse(line) as { event_id: string }).event_id)).size).toBe(
      all.length,
    );
    expect((await read({ state: ['awaiting'] })).length).toBeGreaterThanOrEqual(waiting.length);
    expect(await read({ key: ['number:5'], state: ['delivered'] })).toHaveLength(1);
    expect(await read({ type: ['other'] })).toEqual([]);
  });

  it('has each event once, though it is delivered while the export goes on', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 3_000, { contextBytes: 500 });
    const dashboard = testDashboard(databases);
    const response = await dashboard.fetch(requestOf('exportEvents', { query: { format: 'ndjson' } }), here);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = decoder.decode((await reader.read()).value, { stream: true });
    expect(text).toContain('"state":"awaiting"');
    await deliverAll(databases);
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      text += decoder.decode(chunk.value, { stream: true });
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event_id: string; state: string });
    expect(events.map((event) => event.event_id).sort()).toEqual([...committed].sort());
    expect(new Set(events.map((event) => event.state))).toEqual(new Set(['awaiting', 'delivered']));
  });

  it('is read as it is taken, however large: its memory is bounded', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, bulkText(200_000)); // 200 MB
    const dashboard = testDashboard(databases);
    const response = await dashboard.fetch(requestOf('exportEvents', { query: { format: 'ndjson' } }), here);
    let bytes = 0;
    let peak = 0;
    const before = heldBytes();
    let looked = 0;
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = await reader?.read();
      if (chunk?.value === undefined) break;
      bytes += (chunk.value as Uint8Array).byteLength;
      if (bytes - looked < 5_000_000) continue;
      looked = bytes;
      peak = Math.max(peak, heldBytes() - before);
    }
    expect(bytes).toBeGreaterThan(200_000_000);
    expect(peak).toBeLessThan(30_000_000);
  });

  it('that nobody takes any more ends its query, and lets another one begin', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, bulkText(100_000));
    const dashboard = testDashboard(databases);
    const begin = () => dashboard.fetch(requestOf('exportEvents', { query: { format: 'ndjson' } }), here);
    const two = [await begin(), await begin()];
    const problem = await refused(dashboard, 'exportEvents', { query: { format: 'ndjson' } }, 'RATE_LIMITED');
    expect(problem.detail).toContain('2 exports');
    for (const { body } of two) {
      const reader = body?.getReader();
      await reader?.read();
      await reader?.cancel();
    }
    const third = await begin();
    expect(third.status).toBe(200);
    await third.body?.cancel();
  });

  it('that fails in the middle is cut off, and not taken for the whole', async () => {
    const databases = await testDatabases();
    await seedEvents(databases, 5);
    await deliverAll(databases);
    await inClickHouse(databases, bulkText(100_000));
    const proxy = await testProxy(inject('clickhouseUrl'));
    const served = await serveDashboard({ ...databases.given, clickhouseUrl: proxy.url, port: 0 });
    try {
      const response = await fetch(`${served.url}api/events/export?format=ndjson`);
      const reader = response.body?.getReader();
      await reader?.read();
      proxy.resetAll();
      const rest = (async () => {
        for (;;) if ((await reader?.read())?.done !== false) return;
      })();
      await expect(rest).rejects.toThrow();
    } finally {
      await served.stop();
    }
  });
});
