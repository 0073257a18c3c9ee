import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EmbeddedError } from '../embeddedError.js';
import type { EngineExit } from '../options.js';
import { LogTail } from '../process/logTail.js';
import { PLAIN_ENVIRONMENT } from '../process/runProgram.js';
import { settlesWithin } from '../process/waitUntil.js';
import { askClickHouse } from './askClickHouse.js';
import { type ClickHouseOrder, KEEPER_MARK } from './clickHouseOrder.js';
import { lastWords } from './lastWords.js';

/**
 * How long ClickHouse may take to shut down in order: 0.2 s, but 5 s when a client keeps an idle connection open,
 * which is not worth the wait. What it has acknowledged is safe in either case.
 */
const ORDERLY_STOP_MS = 1_000;
const TERMINATE_MS = 5_000;
const KILL_MS_MAX = 10_000;

/** What `--time` makes it say at its end (see terminalInput), which would mislead a reader of errors. */
const PROMPT_REFUSAL = /^.*only in non-interactive mode.*$/m;

/** The ClickHouse process, seen from the host. */
export class ClickHouseServer {
  readonly pid: number | undefined;
  readonly exited: Promise<EngineExit>;
  #expected = false;
  readonly #child: ChildProcess;
  readonly #tail = new LogTail();

  /** `logFile` is the one that the order names. */
  constructor(order: ClickHouseOrder, workingDirectory: string, logFile: string) {
    const logBytesBefore = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    const script = fileURLToPath(new URL('./clickHouseProcess.js', import.meta.url));
    const child = spawn(process.execPath, [script, JSON.stringify(order)], {
      // Its `local` program reads a config.xml from its working and home directory.
      cwd: workingDirectory,
      detached: true,
      env: { ...PLAIN_ENVIRONMENT, HOME: workingDirectory },
      // The last one is never written to: its end tells the child that this process is gone.
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.pid = child.pid;
    child.stdio[3]?.on('error', () => undefined);
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#tail.push(chunk);
    });
    const ended = new Promise<Pick<EngineExit, 'exitCode' | 'signal'>>((resolve) => {
      child.once('error', (error) => {
        this.#tail.push(error.message);
        resolve({ exitCode: null, signal: null });
      });
      child.once('close', (exitCode, signal) => {
        resolve({ exitCode, signal });
      });
    });
    this.exited = ended.then(async (how) => {
      const errorOutput = this.#tail.text.replace(PROMPT_REFUSAL, '').trim();
      const expected = this.#expected;
      const logged = expected ? '' : await lastWords(logFile, logBytesBefore);
      return { ...how, expected, logTail: `${errorOutput}\n${logged}`.trim() };
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.pid !== undefined;
  }

  /** Lets ClickHouse shut down in order; SIGTERM, then SIGKILL, when that takes too long. */
  async stop(httpPort: number): Promise<void> {
    this.#expected = true;
    if (!this.running) return;
    try {
      await askClickHouse(httpPort, `KILL QUERY WHERE query LIKE '%${KEEPER_MARK}%' AND is_initial_query`);
      if (await settlesWithin(this.exited, ORDERLY_STOP_MS)) return;
    } catch {
      // It does not answer; a signal will do.
    }
    this.#child.kill('SIGTERM');
    if (await settlesWithin(this.exited, TERMINATE_MS)) return;
    await this.kill();
  }

  async kill(): Promise<void> {
    this.#expected = true;
    this.#child.kill('SIGKILL');
    if (await settlesWithin(this.exited, KILL_MS_MAX)) return;
    throw new EmbeddedError(
      'STOP_FAILED',
      `ClickHouse (process ${String(this.pid)}) is still there ${String(KILL_MS_MAX / 1000)} s after a SIGKILL. ` +
        'Its data is safe. It is probably blocked in the kernel, on storage; look at that.',
    );
  }
}
