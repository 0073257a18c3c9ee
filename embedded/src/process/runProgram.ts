import { spawn } from 'node:child_process';
import { LogTail } from './logTail.js';

/** The user to run a program as; undefined for the user of this process. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

export interface ProgramOptions {
  runAs?: RunAs | undefined;
  env?: Record<string, string>;
  timeoutMs?: number;
}

export interface ProgramResult {
  readonly succeeded: boolean;
  /** The end of what it wrote to its output and its error output. */
  readonly output: string;
}

/** The little environment our children get: none of the host's, whose NODE_OPTIONS or PGPORT would change them. */
export const PLAIN_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
};

/** Runs a program to its end, in its own process group, so that Ctrl-C reaches only the host. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { runAs, env = {}, timeoutMs = 60_000 }: ProgramOptions = {},
): Promise<ProgramResult> {
  return await new Promise<ProgramResult>((resolve) => {
    const tail = new LogTail();
    const child = spawn(command, args, {
      cwd: '/',
      detached: true,
      env: { ...PLAIN_ENVIRONMENT, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      ...(runAs === undefined ? {} : { uid: runAs.uid, gid: runAs.gid }),
    });
    child.stdout.on('data', (chunk: Buffer) => {
      tail.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      tail.push(chunk);
    });
    child.once('error', (error) => {
      resolve({ succeeded: false, output: error.message });
    });
    child.once('close', (code, signal) => {
      const ending = signal === null ? '' : `\n(ended by ${signal})`;
      resolve({ succeeded: code === 0, output: tail.text + ending });
    });
  });
}
