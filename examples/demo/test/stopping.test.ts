import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { waitUntil } from '../../../test/support/waitUntil.js';

const main = join(dirname(createRequire(import.meta.url).resolve('@waybill/example-demo')), 'main.js');
const limitMs = 120_000;

/** Starts the demo as a person would, and returns when its traffic is under way. */
async function startDemo(): Promise<{ pid: number; ended: Promise<unknown[]> }> {
  const demo = spawn(process.execPath, [main, '--orders', '1000000', '--seconds', '100'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(demo, 'exit');
  let progress = '';
  demo.stderr.setEncoding('utf8').on('data', (text: string) => (progress += text));
  await waitUntil('events are captured', () => /captured +[1-9]/.test(progress), 60_000);
  if (demo.pid === undefined) throw new Error('The demo did not start.');
  return { pid: demo.pid, ended };
}

/** Every process that descends from this one, with what it runs. */
async function descendants(ancestor: number): Promise<Map<number, string>> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const processes = [...stdout.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)].map(([, pid, parent, command = '']) => ({
    pid: Number(pid),
    parent: Number(parent),
    command,
  }));
  const found = new Map<number, string>();
  const ancestors = [ancestor];
  for (let next = ancestors.pop(); next !== undefined; next = ancestors.pop()) {
    for (const { pid, command } of processes.filter(({ parent }) => parent === next)) {
      found.set(pid, command);
      ancestors.push(pid);
    }
  }
  return found;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it(
  'Ctrl-C ends the demo and every process that it started',
  async () => {
    const { pid, ended } = await startDemo();
    const started = await descendants(pid);
    const commands = [...started.values()].join('\n');
    for (const part of ['storefront.js', 'worker.js', 'postgres', 'clickhouse'])
      expect(commands).toContain(part);
    process.kill(pid, 'SIGINT');
    expect(await ended).toEqual([130, null]);
    await waitUntil('no process is left', () => ![...started.keys()].some(isAlive), 10_000);
  },
  limitMs,
);

it(
  'nothing that the demo started outlives it when it is killed',
  async () => {
    const { pid, ended } = await startDemo();
    const started = await descendants(pid);
    process.kill(pid, 'SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    await waitUntil('no process is left', () => ![...started.keys()].some(isAlive), 30_000);
  },
  limitMs,
);
