import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startPostgres } from '@waybill/embedded';
import { isRunning } from '../process/processTable.js';
import { atEnd, scratchDirectory, stopAtEnd } from '../testing/scratch.js';
import { queryPostgres } from '../testing/query.js';

const DEBIAN_POSTGRES_15 = '/usr/lib/postgresql/15/bin';
const isRoot = process.getuid?.() === 0;

describe('startPostgres', () => {
  test('answers queries, with the settings asked for, durable and in UTF-8', async () => {
    const lines: string[] = [];
    const postgres = stopAtEnd(
      await startPostgres({
        settings: { max_prepared_transactions: '10' },
        onProgress: (line) => lines.push(line),
      }),
    );

    const [row] = await queryPostgres(
      postgres.url,
      `SELECT current_setting('server_version_num')::int / 10000 AS major, current_user AS "user",
              current_setting('max_prepared_transactions') AS prepared, current_setting('fsync') AS fsync,
              current_setting('max_connections')::int AS connections, current_setting('server_encoding') AS encoding,
              current_setting('listen_addresses') AS addresses`,
    );
    expect(row).toEqual({
      major: 18,
      user: 'postgres',
      prepared: '10',
      fsync: 'on',
      connections: 200,
      encoding: 'UTF8',
      addresses: '127.0.0.1',
    });
    expect(postgres.version).toMatch(/^18\./);
    expect(lines[0]).toBe('postgres: initialising data directory');
    expect(lines.at(-1)).toMatch(/^postgres: ready on 127\.0\.0\.1:\d+ \(\d+\.\d s\)$/);
  });

  test('removes a temporary data directory on stop, and may be stopped twice', async () => {
    const postgres = await startPostgres();
    expect(existsSync(postgres.dataDir)).toBe(true);

    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();

    expect(existsSync(postgres.dataDir)).toBe(false);
    expect(isRunning(postgres.pid)).toBe(false);
    expect(await postgres.exited).toMatchObject({ expected: true, exitCode: 0 });
  });

  test('keeps its data over a stop and over a kill', async () => {
    const dataDir = await scratchDirectory();
    const first = stopAtEnd(await startPostgres({ dataDir }));
    await queryPostgres(first.url, 'CREATE TABLE kept (step text)');
    await queryPostgres(first.url, "INSERT INTO kept VALUES ('before stop')");
    await first.stop();

    const second = stopAtEnd(await startPostgres({ dataDir }));
    await queryPostgres(second.url, "INSERT INTO kept VALUES ('before kill')");
    await second.kill();
    expect(isRunning(second.pid)).toBe(false);
    expect(await second.exited).toMatchObject({ expected: true, signal: 'SIGKILL' });

    const third = stopAtEnd(await startPostgres({ dataDir }));
    expect(await queryPostgres(third.url, 'SELECT step FROM kept ORDER BY step')).toEqual([
      { step: 'before kill' },
      { step: 'before stop' },
    ]);
  });

  test('starts when the process id of a killed server now belongs to something else', async () => {
    const dataDir = await scratchDirectory();
    const first = stopAtEnd(await startPostgres({ dataDir }));
    const owner = statSync(join(dataDir, 'cluster', 'PG_VERSION'));
    await first.kill();
    // Of the same user, because Postgres takes no other user's process for a rival.
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', uid: owner.uid, gid: owner.gid });
    atEnd(async () => {
      stranger.kill('SIGKILL');
      await Promise.resolve();
    });
    const lockFile = join(dataDir, 'cluster', 'postmaster.pid');
    const lock = await readFile(lockFile, 'utf8');
    await writeFile(lockFile, lock.replace(/^\d+/, String(stranger.pid)));

    const second = stopAtEnd(await startPostgres({ dataDir }));

    expect(await queryPostgres(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(stranger.exitCode).toBeNull();
  });

  test('refuses a data directory in use and names who has it', async () => {
    const dataDir = await scratchDirectory();
    const first = stopAtEnd(await startPostgres({ dataDir }));

    await expect(startPostgres({ dataDir })).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: expect.stringMatching(new RegExp(`process ${String(first.pid)} \\(.*postgres -D`)) as string,
    });
    expect(await queryPostgres(first.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('keeps a temporary data directory over a kill, and removes it on stop', async () => {
    const postgres = stopAtEnd(await startPostgres());
    await postgres.kill();
    expect(existsSync(postgres.dataDir)).toBe(true);
    await postgres.stop();
    expect(existsSync(postgres.dataDir)).toBe(false);
  });

  test('lets one of two win that start on the same directory at once, be it new or not', async () => {
    const dataDir = await scratchDirectory();
    for (const state of ['new', 'initialised']) {
      const outcomes = await Promise.allSettled([startPostgres({ dataDir }), startPostgres({ dataDir })]);
      const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
      for (const winner of winners) stopAtEnd(winner.value);
      expect(winners, state).toHaveLength(1);
      expect(losers[0]?.reason, state).toMatchObject({ code: 'DATA_DIR_IN_USE' });
      await winners[0]?.value.stop();
    }
    expect(await readdir(dataDir)).toEqual(['cluster', 'postgres.log']);
  });

  test('redoes an initialisation that ended halfway, and clears its remains away', async () => {
    const dataDir = await scratchDirectory();
    const ended = spawn('true');
    await new Promise((resolve) => ended.once('close', resolve));
    const remains = `cluster.new-${String(ended.pid)}-0`;
    await mkdir(join(dataDir, remains));
    await writeFile(join(dataDir, remains, 'PG_VERSION'), '18\n');
    await mkdir(join(dataDir, 'cluster'));
    await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '18\n');

    const lines: string[] = [];
    const postgres = stopAtEnd(await startPostgres({ dataDir, onProgress: (line) => lines.push(line) }));

    expect(await queryPostgres(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const names = await readdir(dataDir);
    expect(names).not.toContain(remains);
    expect(names.some((name) => name.startsWith('cluster.incomplete-'))).toBe(true);
    expect(lines.join('\n')).toContain('was half made');
  });

  test('says which port is taken when that port was asked for', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    atEnd(async () => {
      await new Promise((resolve) => taken.close(resolve));
    });
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    await expect(startPostgres({ port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`Port ${String(port)} of 127.0.0.1`) as string,
    });
  });

  test('carries the end of the log when the server dies while starting', async () => {
    const dataDir = await scratchDirectory();
    await expect(startPostgres({ dataDir, settings: { shared_buffers: 'plenty' } })).rejects.toMatchObject({
      code: 'ENGINE_DIED',
      message: expect.stringMatching(
        /postgres\.log:[^]*invalid value for parameter "shared_buffers"/,
      ) as string,
    });
  });

  test('stops the server and says so when it is not ready within the deadline', async () => {
    const dataDir = await scratchDirectory();
    await expect(startPostgres({ dataDir, readyTimeoutMs: 1 })).rejects.toMatchObject({ code: 'NOT_READY' });
    const again = stopAtEnd(await startPostgres({ dataDir }));
    expect(again.version).toMatch(/^18\./);
  });

  test('runs another installation through binDir, and refuses the data of another version', async () => {
    expect(existsSync(DEBIAN_POSTGRES_15), 'needs: apt-get install postgresql-15').toBe(true);
    const dataDir = await scratchDirectory();
    const postgres = stopAtEnd(await startPostgres({ dataDir, binDir: DEBIAN_POSTGRES_15 }));
    expect(await queryPostgres(postgres.url, 'SHOW server_version_num')).toEqual([
      { server_version_num: expect.stringMatching(/^15/) as string },
    ]);
    const environment = await readFile(`/proc/${String(postgres.pid)}/environ`, 'utf8');
    expect(environment).not.toContain('LD_LIBRARY_PATH');
    await postgres.stop();

    await expect(startPostgres({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_VERSION' });
  });

  test('says what to set instead on a platform without binaries', async () => {
    await expect(startPostgres({ platform: 'sunos-sparc' })).rejects.toMatchObject({
      code: 'NO_BINARIES',
      message: expect.stringMatching(/DATABASE_URL.*CLICKHOUSE_URL/) as string,
    });
  });

  test.runIf(isRoot)('keeps data it cannot reach as root elsewhere, and finds it again', async () => {
    const parent = await scratchDirectory();
    await chmod(parent, 0o700);
    const dataDir = join(parent, 'data');
    const lines: string[] = [];
    const first = stopAtEnd(await startPostgres({ dataDir, onProgress: (line) => lines.push(line) }));
    atEnd(async () => {
      await rm(first.dataDir, { recursive: true, force: true });
    });
    expect(first.dataDir).not.toContain(dataDir);
    expect(lines.join('\n')).toContain(`cannot reach ${dataDir}; its data is kept in ${first.dataDir}`);
    await queryPostgres(first.url, 'CREATE TABLE kept ()');
    await first.stop();

    const second = stopAtEnd(await startPostgres({ dataDir }));
    expect(second.dataDir).toBe(first.dataDir);
    expect(await queryPostgres(second.url, 'SELECT FROM kept')).toEqual([]);
    await second.stop();
  });

  test.runIf(!isRoot)('refuses a data directory it may not write to', async () => {
    const parent = await scratchDirectory();
    await chmod(parent, 0o500);
    await expect(startPostgres({ dataDir: join(parent, 'data') })).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
    });
  });
});
