import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** CPU seconds of each process so far, by its id. */
export type PreciseCpu = ReadonlyMap<number, number>;

/**
 * CPU seconds of processes, to the nanosecond (Linux, `schedstat`), for spans too short for the hundredths of a second in
 * which `readCpuSeconds` counts. It tells of threads that live: what has ended in between is left out.
 */
export function readPreciseCpu(pids: readonly number[]): PreciseCpu {
  return new Map(pids.map((pid) => [pid, readProcess(pid)]));
}

/** What the processes have used between two looks. */
export function preciseCpuBetween(before: PreciseCpu, after: PreciseCpu): number {
  let seconds = 0;
  for (const [pid, until] of after) seconds += until - (before.get(pid) ?? 0);
  return seconds;
}

/** All processes of the server: sessions, and those that write and tidy up for them. */
export async function readServerPids(pool: pg.Pool, postmaster: number): Promise<number[]> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
  return [postmaster, ...rows.map(({ pid }) => pid)];
}

function readProcess(pid: number): number {
  const tasks = `/proc/${String(pid)}/task`;
  try {
    return readdirSync(tasks).reduce((sum, task) => sum + readTask(`${tasks}/${task}/schedstat`), 0);
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
}

/** Its first number: nanoseconds on a CPU. */
function readTask(path: string): number {
  return Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e9;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
