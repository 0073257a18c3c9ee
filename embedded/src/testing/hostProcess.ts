import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LogTail } from '../process/logTail.js';
import { sendSignal } from '../process/processTable.js';
import type { RunAs } from '../process/runProgram.js';
import { atEnd } from './scratch.js';

export interface EngineFacts {
  readonly pid: number;
  readonly url: string;
  readonly dataDir: string;
}

/** Another Node process that has started both engines, at the head of a process group of its own. */
export interface HostProcess {
  readonly pid: number;
  readonly postgres: EngineFacts;
  readonly clickhouse: EngineFacts;
  readonly exitCode: Promise<number | null>;
  errorOutput(): string;
  /** The next line of its output; undefined when it has ended. */
  nextLine(): Promise<string | undefined>;
}

/** Runs startScript and returns when its engines are ready. It is killed at the end of the test. */
export async function startHostProcess(dataDir: string, runAs?: RunAs): Promise<HostProcess> {
  const script = fileURLToPath(new URL('../../dist/testing/startScript.js', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(runAs === undefined ? {} : { uid: runAs.uid, gid: runAs.gid }),
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the host process could not be spawned');
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  atEnd(async () => {
    sendSignal(pid, 'SIGKILL');
    await exitCode;
  });
  const errors = new LogTail();
  child.stderr.on('data', (chunk: Buffer) => {
    errors.push(chunk);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string | undefined> => {
    const result = await lines.next();
    return result.done === true ? undefined : result.value;
  };

  const line = await nextLine();
  if (line === undefined) throw new Error(`the host process ended too early: ${errors.text}`);
  const { postgres, clickhouse } = JSON.parse(line) as { postgres: EngineFacts; clickhouse: EngineFacts };
  return { pid, postgres, clickhouse, exitCode, errorOutput: () => errors.text, nextLine };
}
