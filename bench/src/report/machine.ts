import { execFile } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { BenchEngines } from '../engines.js';
import { measureFsync, type FsyncLatency } from '../measuring/fsyncLatency.js';

/** What the numbers were measured on. They mean little without it. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly postgres: string;
  readonly clickhouse: string;
  readonly fsync: FsyncLatency;
  /** The code's commit, with "+" behind it where files differ from it; "unknown" outside a git checkout. */
  readonly commit: string;
  /** Postgres's settings that are not its defaults. */
  readonly postgresSettings: Readonly<Record<string, string>>;
}

export async function describeMachine(engines: BenchEngines): Promise<Machine> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    node: process.version.slice(1),
    postgres: engines.postgres.version,
    clickhouse: engines.clickhouse.version,
    fsync: await measureFsync(),
    commit: await readCommit(),
    postgresSettings: engines.postgresSettings,
  };
}

const run = promisify(execFile);

async function readCommit(): Promise<string> {
  const options = { cwd: import.meta.dirname };
  try {
    const { stdout: commit } = await run('git', ['rev-parse', '--short=12', 'HEAD'], options);
    // What a run itself writes is no change of the code.
    const { stdout: changes } = await run(
      'git',
      ['status', '--porcelain', '--', ':/', ':/!bench/results'],
      options,
    );
    return `${commit.trim()}${changes === '' ? '' : '+'}`;
  } catch {
    return 'unknown'; // no git here, or no checkout: the results say so
  }
}

/** In one line each, for the terminal and the page. */
export function machineLines(machine: Machine): string[] {
  const { fsync } = machine;
  const settings = Object.entries(machine.postgresSettings).map(([name, value]) => `${name}=${value}`);
  return [
    `${machine.cpu}, ${String(machine.cores)} cores, ${String(machine.memoryGigabytes)} GB of memory, ${machine.kernel}`,
    `Node.js ${machine.node}, Postgres ${machine.postgres}, ClickHouse ${machine.clickhouse}, code at ${machine.commit}`,
    `fsync of 8 kB: median ${fsync.medianMs.toFixed(2)} ms, 99th percentile ${fsync.p99Ms.toFixed(2)} ms`,
    `Postgres: ${settings.join(', ')}`,
  ];
}
