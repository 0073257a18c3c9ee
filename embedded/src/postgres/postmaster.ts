import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EmbeddedError } from '../embeddedError.js';
import type { EngineExit } from '../options.js';
import { LogTail } from '../process/logTail.js';
import { childrenOf, isRunning, sendSignal } from '../process/processTable.js';
import { PLAIN_ENVIRONMENT } from '../process/runProgram.js';
import { settlesWithin, waitUntil } from '../process/waitUntil.js';
import type { SupervisorOrder, SupervisorReport } from './supervisorProtocol.js';

const FAST_SHUTDOWN_MS = 8_000;
/** Fast, immediate and SIGKILL, and some time for the reports. */
const STOP_MS_MAX = 3 * FAST_SHUTDOWN_MS;
const KILL_MS_MAX = 10_000;

/** A postmaster under its supervisor, seen from the host. */
export class Postmaster {
  readonly exited: Promise<EngineExit>;
  /** Undefined until the supervisor has said it. */
  pid: number | undefined;
  #expected = false;
  readonly #supervisor: ChildProcess;
  readonly #supervisorTail = new LogTail();

  constructor(order: Omit<SupervisorOrder, 'fastShutdownMs'>) {
    const script = fileURLToPath(new URL('./supervisor.js', import.meta.url));
    const complete: SupervisorOrder = { ...order, fastShutdownMs: FAST_SHUTDOWN_MS };
    const supervisor = spawn(process.execPath, [script, JSON.stringify(complete)], {
      cwd: '/',
      detached: true,
      env: { ...PLAIN_ENVIRONMENT },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#supervisor = supervisor;
    supervisor.stdin.on('error', () => undefined);
    supervisor.stderr.on('data', (chunk: Buffer) => {
      this.#supervisorTail.push(chunk);
    });
    this.exited = this.#follow(supervisor);
  }

  get running(): boolean {
    return this.#supervisor.exitCode === null && this.#supervisor.signalCode === null;
  }

  /** Fast shutdown, and harder means when that takes too long. */
  async stop(): Promise<void> {
    this.#expected = true;
    this.#supervisor.stdin?.end();
    if (await settlesWithin(this.exited, STOP_MS_MAX)) return;
    await this.kill();
  }

  /**
   * SIGKILL to the postmaster and to all its children, as when the machine loses power. The postmaster is halted
   * first, so that it starts no child that is missed.
   */
  async kill(): Promise<void> {
    this.#expected = true;
    const { pid } = this;
    if (pid === undefined || !this.running) {
      this.#supervisor.kill('SIGKILL');
      await this.exited;
      return;
    }
    sendSignal(pid, 'SIGSTOP');
    const family = [...childrenOf(pid), pid];
    for (const member of family) sendSignal(member, 'SIGKILL');
    const ended = await waitUntil(() => !family.some(isRunning), { timeoutMs: KILL_MS_MAX });
    if (ended && (await settlesWithin(this.exited, KILL_MS_MAX))) return;
    throw new EmbeddedError(
      'STOP_FAILED',
      `Postgres (process ${String(pid)}) is still there ${String(KILL_MS_MAX / 1000)} s after a SIGKILL. ` +
        'Its data is safe. It is probably blocked in the kernel, on storage; look at that.',
    );
  }

  async #follow(supervisor: ChildProcess): Promise<EngineExit> {
    let ended: EngineExit | undefined;
    if (supervisor.stdout !== null) {
      createInterface({ input: supervisor.stdout }).on('line', (line) => {
        // Written by our own supervisor.
        const report = JSON.parse(line) as SupervisorReport;
        if (report.event === 'started') this.pid = report.pid;
        else {
          const { exitCode, signal, logTail } = report;
          ended = { expected: this.#expected, exitCode, signal, logTail };
        }
      });
    }
    const [exitCode, signal] = await closeOf(supervisor);
    if (ended !== undefined) return ended;
    if (this.pid !== undefined) await endUnguarded(this.pid);
    return { exitCode, signal, expected: this.#expected, logTail: this.#supervisorTail.text };
  }
}

/** The supervisor was killed, and nobody guards the postmaster any more. Its data survives an immediate shutdown. */
async function endUnguarded(pid: number): Promise<void> {
  sendSignal(pid, 'SIGQUIT');
  if (await waitUntil(() => !isRunning(pid), { timeoutMs: FAST_SHUTDOWN_MS })) return;
  sendSignal(pid, 'SIGKILL');
}

async function closeOf(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return await new Promise((resolve) => {
    child.once('error', () => {
      resolve([null, null]);
    });
    child.once('close', (exitCode, signal) => {
      resolve([exitCode, signal]);
    });
  });
}
