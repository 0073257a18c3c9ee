import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startClickHouse } from '@waybill/embedded';
import { isRunning } from '../process/processTable.js';
import { waitUntil } from '../process/waitUntil.js';
import { atEnd, scratchDirectory, stopAtEnd } from '../testing/scratch.js';
import { queryClickHouse } from '../testing/query.js';

describe('startClickHouse', () => {
  test('answers over HTTP and over the native protocol, with the settings asked for', async () => {
    const lines: string[] = [];
    const clickhouse = stopAtEnd(
      await startClickHouse({ settings: { max_threads: '3' }, onProgress: (line) => lines.push(line) }),
    );

    expect(await (await fetch(`${clickhouse.url}/ping`)).text()).toBe('Ok.\n');
    const { text } = await queryClickHouse(
      clickhouse.url,
      "SELECT version(), currentUser(), getSetting('max_threads') FORMAT TSV",
    );
    expect(text.split('\t')).toEqual([clickhouse.version, 'default', '3']);
    expect(clickhouse.version).toMatch(/^26\./);
    expect(await helloOf(clickhouse.tcpPort)).toContain('ClickHouse');
    expect(lines.at(-1)).toMatch(/^clickhouse: ready on 127\.0\.0\.1:\d+ \(\d+\.\d s\)$/);
  });

  test('deduplicates by token and counts the rows written', async () => {
    const clickhouse = stopAtEnd(await startClickHouse());
    await queryClickHouse(
      clickhouse.url,
      'CREATE TABLE t (n Int64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100',
    );
    const insert = 'INSERT INTO t SELECT number FROM numbers(1000)';
    const options = { async_insert: '0', wait_end_of_query: '1' };

    const first = await queryClickHouse(clickhouse.url, insert, {
      ...options,
      insert_deduplication_token: 'a',
    });
    expect(first.summary['written_rows']).toBe('1000');
    await queryClickHouse(clickhouse.url, insert, { ...options, insert_deduplication_token: 'a' });
    expect((await queryClickHouse(clickhouse.url, 'SELECT count() FROM t')).text).toBe('1000');

    await queryClickHouse(clickhouse.url, insert, { ...options, insert_deduplication_token: 'b' });
    expect((await queryClickHouse(clickhouse.url, 'SELECT count() FROM t')).text).toBe('2000');
  });

  test('keeps its data over a stop and over a kill', async () => {
    const dataDir = await scratchDirectory();
    const first = stopAtEnd(await startClickHouse({ dataDir }));
    await queryClickHouse(first.url, 'CREATE TABLE kept (step String) ENGINE = MergeTree ORDER BY step');
    await queryClickHouse(first.url, "INSERT INTO kept SELECT 'before stop'");
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);

    const second = stopAtEnd(await startClickHouse({ dataDir }));
    await queryClickHouse(second.url, "INSERT INTO kept SELECT 'before kill'");
    await second.kill();
    expect(await second.exited).toMatchObject({ expected: true, signal: 'SIGKILL' });

    const third = stopAtEnd(await startClickHouse({ dataDir }));
    const { text } = await queryClickHouse(third.url, 'SELECT step FROM kept ORDER BY step');
    expect(text.split('\n')).toEqual(['before kill', 'before stop']);
  });

  test('stops while a query is running that has minutes to go, and removes its temporary data directory', async () => {
    const clickhouse = stopAtEnd(await startClickHouse());
    const running = queryClickHouse(
      clickhouse.url,
      'SELECT sleepEachRow(1) FROM numbers(1000) SETTINGS max_block_size = 1',
      { query_id: 'sleeper' },
    ).catch((error: unknown) => error);
    const isUnderWay = async (): Promise<boolean> => {
      const sql = "SELECT count() FROM system.processes WHERE query_id = 'sleeper'";
      return (await queryClickHouse(clickhouse.url, sql)).text === '1';
    };
    expect(await waitUntil(isUnderWay, { timeoutMs: 10_000 })).toBe(true);

    await Promise.all([clickhouse.stop(), clickhouse.stop()]);

    expect(isRunning(clickhouse.pid)).toBe(false);
    expect(existsSync(clickhouse.dataDir)).toBe(false);
    expect(await running).toBeInstanceOf(Error);
  });

  test('survives clients that go away in the middle of a request', async () => {
    const clickhouse = stopAtEnd(await startClickHouse());

    // Without the terminal (see terminalInput) it aborts after some hundred of these.
    const clients = Array.from({ length: 24 }, async () => {
      for (let request = 0; request < 150; request++) await resetAfterHead(clickhouse.httpPort, request % 8);
    });
    await Promise.all(clients);

    // It writes its stacks for seconds before it is gone, and answers meanwhile.
    const log = await readFile(clickhouse.logFile, 'utf8');
    expect(log).toContain('Connection reset by peer');
    expect(log).not.toContain('<Fatal>');
    expect((await queryClickHouse(clickhouse.url, 'SELECT 1')).text).toBe('1');
  });

  test('says what it logged last when it dies while running', async () => {
    const clickhouse = stopAtEnd(await startClickHouse());
    process.kill(clickhouse.pid, 'SIGABRT');
    expect(await clickhouse.exited).toMatchObject({
      expected: false,
      signal: 'SIGABRT',
      logTail: expect.stringMatching(/<Fatal>.*Received signal 6/) as string,
    });
  });

  test('refuses a data directory in use and names who has it', async () => {
    const dataDir = await scratchDirectory();
    const first = stopAtEnd(await startClickHouse({ dataDir }));

    await expect(startClickHouse({ dataDir })).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: expect.stringContaining(`process ${String(first.pid)} (`) as string,
    });
    expect((await queryClickHouse(first.url, 'SELECT 1')).text).toBe('1');
  });

  test('lets one of two win that start on the same new directory at once', async () => {
    const dataDir = await scratchDirectory();
    const outcomes = await Promise.allSettled([startClickHouse({ dataDir }), startClickHouse({ dataDir })]);

    const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const winner of winners) stopAtEnd(winner.value);
    expect(winners).toHaveLength(1);
    expect(losers[0]?.reason).toMatchObject({ code: 'DATA_DIR_IN_USE' });
  });

  test('says which port is taken when that port was asked for', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    atEnd(async () => {
      await new Promise((resolve) => taken.close(resolve));
    });
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    await expect(startClickHouse({ tcpPort: port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`Port ${String(port)} of 127.0.0.1`) as string,
    });
  });

  test('carries its last words when it dies while starting', async () => {
    await expect(startClickHouse({ settings: { max_treads: '3' } })).rejects.toMatchObject({
      code: 'ENGINE_DIED',
      message: expect.stringContaining('max_treads') as string,
    });
  });

  test('says what to set instead on a platform without binaries', async () => {
    await expect(startClickHouse({ platform: 'win32-x64' })).rejects.toMatchObject({
      code: 'NO_BINARIES',
      message: expect.stringMatching(/DATABASE_URL.*CLICKHOUSE_URL/) as string,
    });
  });
});

/** Sends the head of an INSERT whose body would follow in chunks, and resets the connection `afterMs` later. */
async function resetAfterHead(port: number, afterMs: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.once('error', () => undefined);
    socket.once('close', () => {
      resolve();
    });
    socket.once('connect', () => {
      socket.write(
        'POST /?query=INSERT%20INTO%20t%20FORMAT%20JSONEachRow HTTP/1.1\r\n' +
          'Host: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      setTimeout(() => socket.resetAndDestroy(), afterMs);
    });
  });
}

/** What the native interface answers to a client's hello: its own hello, which begins with the server's name. */
async function helloOf(port: number): Promise<string> {
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
  // Packet 0, the client's name, version 1.1, protocol 54448 as a variable-length number, database, user, password.
  const protocol = [0xb0, 0xa9, 0x03];
  const hello = [0, ...text('test'), 1, 1, ...protocol, ...text('default'), ...text('default'), ...text('')];
  const socket = connect(port, '127.0.0.1');
  socket.write(Buffer.from(hello));
  for await (const chunk of socket) return String(chunk);
  throw new Error('the native interface closed the connection');
}
