import { existsSync } from 'node:fs';
import { chown, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startClickHouse, startEngines } from '@waybill/embedded';
import { postgresUser } from './postgres/postgresUser.js';
import { isRunning, parentOf, sendSignal } from './process/processTable.js';
import { waitUntil } from './process/waitUntil.js';
import { queryClickHouse, queryPostgres } from './testing/query.js';
import { startHostProcess } from './testing/hostProcess.js';
import { scratchDirectory, stopAtEnd } from './testing/scratch.js';

const GONE_MS_MAX = 20_000;

describe('startEngines', () => {
  test('starts both in one data directory and stops both', async () => {
    const dataDir = await scratchDirectory();
    const engines = stopAtEnd(await startEngines({ dataDir }));
    expect(await queryPostgres(engines.postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await queryClickHouse(engines.clickhouse.url, 'SELECT 1')).text).toBe('1');

    await engines.stop();
    expect(isRunning(engines.postgres.pid)).toBe(false);
    expect(isRunning(engines.clickhouse.pid)).toBe(false);
  });

  test('lets one of three win that start in one data directory at once', async () => {
    const dataDir = await scratchDirectory();
    const starts = [startEngines({ dataDir }), startEngines({ dataDir }), startEngines({ dataDir })];
    const outcomes = await Promise.allSettled(starts);
    const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    for (const winner of winners) stopAtEnd(winner.value);
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'DATA_DIR_IN_USE' });
    }
  });

  test('with one engine in the hands of another, the one with Postgres waits for ClickHouse', async () => {
    const dataDir = await scratchDirectory();
    const other = stopAtEnd(await startClickHouse({ dataDir: join(dataDir, 'clickhouse') }));
    const starting = startEngines({
      dataDir,
      onProgress: (line) => {
        // By then ClickHouse has been refused, which takes a tenth of the time.
        if (line.startsWith('postgres: ready')) void other.stop();
      },
    });
    const engines = stopAtEnd(await starting);
    expect((await queryClickHouse(engines.clickhouse.url, 'SELECT 1')).text).toBe('1');
  });

  test('stops the one that started when the other cannot', async () => {
    const lines: string[] = [];
    await expect(
      startEngines({ postgresBinDir: '/nowhere', onProgress: (line) => lines.push(line) }),
    ).rejects.toMatchObject({ code: 'BINARIES_UNUSABLE' });

    const port = /ready on 127\.0\.0\.1:(\d+)/.exec(lines.join('\n'))?.[1] ?? '';
    expect(port).not.toBe('');
    await expect(fetch(`http://127.0.0.1:${port}/ping`)).rejects.toThrow();
  });

  test('leaves no process and no temporary directory behind when its host is killed', async () => {
    const host = await startHostProcess('');
    expect(isRunning(host.postgres.pid)).toBe(true);
    expect(isRunning(host.clickhouse.pid)).toBe(true);

    sendSignal(host.pid, 'SIGKILL');

    const gone = (): boolean => !isRunning(host.postgres.pid) && !isRunning(host.clickhouse.pid);
    expect(await waitUntil(gone, { timeoutMs: GONE_MS_MAX })).toBe(true);
    const removed = (): boolean => !existsSync(host.postgres.dataDir) && !existsSync(host.clickhouse.dataDir);
    expect(await waitUntil(removed, { timeoutMs: GONE_MS_MAX })).toBe(true);
  });

  test('survives a Ctrl-C in the terminal until its host stops it', async () => {
    const host = await startHostProcess(await scratchDirectory());

    // To the whole process group, as a terminal does it. The host says when it has got it.
    process.kill(-host.pid, 'SIGINT');
    expect(await host.nextLine()).toBe('SIGINT');
    expect(await queryPostgres(host.postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await queryClickHouse(host.clickhouse.url, 'SELECT 1')).text).toBe('1');

    process.kill(host.pid, 'SIGTERM');
    expect(await host.exitCode).toBe(0);
    expect(isRunning(host.postgres.pid)).toBe(false);
    expect(isRunning(host.clickhouse.pid)).toBe(false);
  });

  test('runs as a user without rights', async () => {
    const user = (await postgresUser([])) ?? { ...userInfo(), name: userInfo().username };
    const dataDir = await scratchDirectory();
    if (process.getuid?.() === 0) await chown(dataDir, user.uid, user.gid);
    const host = await startHostProcess(dataDir, user);

    expect(host.postgres.dataDir).toBe(join(dataDir, 'postgres'));
    expect((await stat(host.clickhouse.dataDir)).uid).toBe(user.uid);
    expect(await queryPostgres(host.postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await queryClickHouse(host.clickhouse.url, 'SELECT 1')).text).toBe('1');

    process.kill(host.pid, 'SIGTERM');
    expect(await host.exitCode).toBe(0);
  });

  test('ends Postgres when its supervisor is killed, and says so', async () => {
    const { postgres } = stopAtEnd(await startEngines());
    const supervisor = parentOf(postgres.pid) ?? 0;
    expect(supervisor).toBeGreaterThan(1);

    sendSignal(supervisor, 'SIGKILL');

    expect(await postgres.exited).toMatchObject({ expected: false });
    expect(isRunning(postgres.pid)).toBe(false);
  });

  test('writes nothing to the output of its host', async () => {
    const host = await startHostProcess('');
    process.kill(host.pid, 'SIGTERM');
    expect(await host.nextLine()).toBeUndefined();
    expect(host.errorOutput()).toBe('');
  });
});
