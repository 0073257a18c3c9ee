import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface LoopingWorkerOptions {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseDatabase: string;
  readonly claimLeaseMs: number;
  readonly partitionQuantity: number;
}

/** A worker in a process of its own, which delivers until it is ended. */
export interface LoopingWorker {
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** SIGTERM, unless it was killed; waits until it is gone. What it wrote on standard error if it crashed. */
  end(): Promise<{ readonly crashed: string | undefined }>;
}

const script = fileURLToPath(new URL('workerLoop.mjs', import.meta.url));
/** A worker whose statements are not answered takes up to 30 s to notice; one that takes longer hangs. */
const endMsMax = 60_000;

export function startLoopingWorker(options: LoopingWorkerOptions): LoopingWorker {
  const { claimLeaseMs, partitionQuantity, ...ways } = options;
  const order = {
    ...ways,
    timeoutMs: 4_000,
    service: {
      partitionQuantity,
      failedSendingRetries: 3,
      maxWaitMs: 100,
      concurrency: 2,
      claimLeaseMs,
      backoff: { firstMs: 10, maxMs: 200 },
      stopGraceMs: 5_000,
    },
  };
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let killed = false;
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const listens = new Promise<void>((resolve) => {
    child.stdout.once('data', () => {
      resolve();
    });
  });
  return {
    signal(signal) {
      killed ||= signal === 'SIGKILL';
      child.kill(signal);
    },
    async end() {
      child.kill('SIGCONT');
      await Promise.race([listens, ended]);
      child.kill('SIGTERM');
      const hangs = setTimeout(() => {
        errors += `It did not end within ${String(endMsMax)} ms of SIGTERM.`;
        child.kill('SIGKILL');
      }, endMsMax);
      const exitCode = await ended;
      clearTimeout(hangs);
      return { crashed: killed || exitCode === 0 ? undefined : `exit code ${String(exitCode)}: ${errors}` };
    },
  };
}
