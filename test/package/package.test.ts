import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let directory: string;
let packed: string[];

/** Packs the product and installs it in an empty application, as its users will. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waybill-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: root });
  const [tarball] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = tarball.files.map((file) => file.path);
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ name: 'application', private: true, type: 'module' }),
  );
  await run('npm', ['install', '--no-audit', '--no-fund', join(directory, tarball.filename)], {
    cwd: directory,
  });
}, 180_000);
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

function evaluate(code: string): Promise<{ stdout: string }> {
  return run(process.execPath, ['--input-type=module', '--eval', code], { cwd: directory });
}

describe('the package', () => {
  it('holds the built code and the SQL, and neither sources nor tests', () => {
    expect(packed).toContain('dist/index.js');
    expect(packed).toContain('dist/index.d.ts');
    expect(packed).toContain('sql/postgres/0001_outbox.sql');
    expect(packed).toContain('sql/clickhouse/0001_event_log.sql');
    expect(
      packed.filter((path) => /\.test\.|tsbuildinfo|^src\/|^test\/|^embedded\/|^examples\//.test(path)),
    ).toEqual([]);
  });

  it('can be imported by each of its entry points, without the engines for development', async () => {
    expect(
      (await readdir(join(directory, 'node_modules'))).filter((name) => name.startsWith('@waybill')),
    ).toEqual([]);
    const { stdout } = await evaluate(`
      import * as capture from 'waybill';
      import * as pg from 'waybill/pg';
      import * as worker from 'waybill/worker';
      console.log(JSON.stringify([capture, pg, worker].map((module) => Object.keys(module).sort())));
    `);
    expect(JSON.parse(stdout)).toEqual([
      ['InvalidEventError', 'UseCase', 'WaybillError', 'captureEvents', 'eventLimits'],
      ['pgTransactions'],
      ['InvalidOptionsError', 'WaybillError', 'createWorker', 'migrateDatabases', 'openEventLogService'],
    ]);
  });

  it('brings the command, which finds its SQL and says what to install when the engines are missing', async () => {
    const waybill = join(directory, 'node_modules', '.bin', 'waybill');
    const { stdout } = await run(waybill, ['migrate', '--print'], { cwd: directory });
    expect(stdout).toContain('CREATE FUNCTION "waybill".seal_batch');
    await expect(run(waybill, ['up'], { cwd: directory })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm install --save-dev @waybill/embedded') as string,
    });
  });
});
