import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { EventLogServiceOptions, RunOptions } from '../../src/delivery/eventLogService.js';
import type { RunReport } from '../../src/delivery/runReport.js';
import type { TestDatabases } from './databases.js';

export interface WorkerOptions {
  readonly service?: Partial<Omit<EventLogServiceOptions, 'logger'>>;
  readonly run?: Omit<RunOptions, 'signal'>;
  /** Leads to ClickHouse another way than the test's own client. */
  readonly clickhouseUrl?: string;
}

/** What a worker says when its run has ended. Times in the report are text, as JSON has them. */
export interface WorkerResult {
  readonly report: Omit<RunReport, 'startedAt' | 'finishedAt'>;
  readonly memoryPeakKib: number;
}

/** The service in a process of its own, which runs once. It is killed at the end of the test if it still lives. */
export interface Worker {
  /** @throws when the process ended without a report */
  readonly result: Promise<WorkerResult>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL('workerProcess.mjs', import.meta.url));

export function startWorker(databases: TestDatabases, options: WorkerOptions = {}): Worker {
  const order = {
    databaseUrl: databases.databaseUrl,
    clickhouseUrl: options.clickhouseUrl ?? databases.clickhouseUrl,
    clickhouseDatabase: databases.clickhouseDatabase,
    timeoutMs: 30_000,
    service: {
      partitionQuantity: 100,
      failedSendingRetries: 5,
      concurrency: 1,
      claimLeaseMs: 60_000,
      backoff: { firstMs: 20, maxMs: 200 },
      ...options.service,
    },
    run: options.run ?? {},
  };
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  const result = ended.then(() => {
    if (output === '') throw new Error(`The worker ended without a report. ${errors}`);
    return JSON.parse(output) as WorkerResult; // as workerProcess.mjs writes it
  });
  result.catch(() => undefined); // a killed worker has none, and nobody may ask for it

  const worker: Worker = {
    result,
    signal: (signal) => child.kill(signal),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  onTestFinished(() => worker.kill());
  return worker;
}
