import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** The packages that a module loads at its start, with all that it imports itself. */
async function importedPackages(entry: string): Promise<Set<string>> {
  const packages = new Set<string>();
  const files = [entry];
  const seen = new Set(files);
  for (let file = files.pop(); file !== undefined; file = files.pop()) {
    const text = await readFile(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/^(?:import|export)\s[\w\s{},*$]*['"]([^'"]+)['"]/gm)) {
      if (!specifier.startsWith('.')) packages.add(specifier);
      const imported = join(dirname(file), specifier);
      if (!specifier.startsWith('.') || seen.has(imported)) continue;
      seen.add(imported);
      files.push(imported);
    }
  }
  return packages;
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
      import * as dashboard from 'waybill/dashboard';
      console.log(JSON.stringify([capture, pg, worker, dashboard].map((module) => Object.keys(module).sort())));
    `);
    expect(JSON.parse(stdout)).toEqual([
      ['InvalidEventError', 'UseCase', 'WaybillError', 'captureEvents', 'eventLimits'],
      ['pgTransactions'],
      ['InvalidOptionsError', 'WaybillError', 'createWorker', 'migrateDatabases', 'openEventLogService'],
      ['InvalidOptionsError', 'WaybillError', 'createDashboard', 'serveDashboard'],
    ]);
  });

  it('loads no web server where events are captured or delivered', async () => {
    const packagesOf = (entry: string): Promise<Set<string>> =>
      importedPackages(join(directory, 'node_modules', 'waybill', 'dist', entry));
    expect(await packagesOf('dashboard.js')).toContain('hono');
    for (const entry of ['index.js', 'capture/pgTransactions.js', 'worker.js', 'cli/main.js']) {
      const packages = [...(await packagesOf(entry))];
      expect(
        packages.filter((name) => name.includes('hono')),
        entry,
      ).toEqual([]);
    }
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
