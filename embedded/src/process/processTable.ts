import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

const COMMAND_CHARACTERS_MAX = 160;

/** Whether a process with this id runs. A zombie, which only waits to be reaped, does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
  return statOf(pid)?.state !== 'Z';
}

/** The command line of a process, shortened; undefined when there is no such process. */
export function commandOf(pid: number): string | undefined {
  const fromProc = readProc(pid, 'cmdline');
  const command =
    fromProc === undefined
      ? spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout
      : fromProc.replaceAll('\0', ' ');
  const line = command.trim();
  if (line === '') return undefined;
  return line.length > COMMAND_CHARACTERS_MAX ? `${line.slice(0, COMMAND_CHARACTERS_MAX)}…` : line;
}

/** "process 123 (postgres -D …)", for messages. */
export function describeProcess(pid: number): string {
  const command = commandOf(pid);
  return command === undefined ? `process ${String(pid)}` : `process ${String(pid)} (${command})`;
}

/** The working directory of a process; undefined where the system does not tell. */
export function workingDirectoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`);
  } catch {
    return undefined;
  }
}

/** The ids of the direct children of a process. */
export function childrenOf(parentPid: number): number[] {
  return allParents()
    .filter(([, parent]) => parent === parentPid)
    .map(([pid]) => pid);
}

/** The id of a process's parent; undefined when there is no such process. */
export function parentOf(pid: number): number | undefined {
  return allParents().find(([child]) => child === pid)?.[1];
}

/** Sends a signal; false when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

function allParents(): [pid: number, parent: number][] {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return pids.flatMap((pid) => {
      const stat = statOf(pid);
      return stat === undefined ? [] : [[pid, stat.parent] satisfies [number, number]];
    });
  }
  const table = spawnSync('ps', ['-ax', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout;
  return table.split('\n').flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid === undefined || parent === undefined ? [] : [[pid, parent] satisfies [number, number]];
  });
}

function statOf(pid: number): { state: string; parent: number } | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself contain spaces and parentheses.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || parent === undefined ? undefined : { state, parent: Number(parent) };
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
