import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts in hundredths of a second here, whatever its own clock (proc(5), `sysconf(_SC_CLK_TCK)`). */
const ticksPerSecond = 100;

interface ProcessFacts {
  readonly parentPid: number;
  /** Of the process and of those of its children that have ended. */
  readonly cpuTicks: number;
}

/** CPU seconds that a process and all its descendants have used so far, those that have ended included. */
export function readCpuSeconds(pid: number): number {
  let ticks = 0;
  for (const facts of readFamily(pid).values()) ticks += facts.cpuTicks;
  return ticks / ticksPerSecond;
}

/** Bytes of memory that a process and all its descendants hold now. Memory they share is counted for each. */
export function readResidentBytes(pid: number): number {
  let bytes = 0;
  for (const member of readFamily(pid).keys()) bytes += readStatusBytes(member, 'VmRSS') ?? 0;
  return bytes;
}

/** The most memory that a process, without its descendants, has held so far, in bytes. Linux keeps it: nothing is missed. */
export function readPeakBytes(pid: number): number {
  const bytes = readStatusBytes(pid, 'VmHWM');
  if (bytes === undefined)
    throw new Error(`Process ${String(pid)} has ended; its memory cannot be read any more.`);
  return bytes;
}

/** Has {@link readPeakBytes} begin anew with what the process holds now (proc(5), `clear_refs`). */
export function forgetPeakBytes(pid: number): void {
  writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
}

/** Bytes of memory that the descendants of a process hold now, without its own. */
export function readDescendantsBytes(pid: number): number {
  return Math.max(0, readResidentBytes(pid) - (readStatusBytes(pid, 'VmRSS') ?? 0));
}

/** Looks at the memory of a process and its descendants every 50 ms. For families whose members come and go. */
export class MemorySampler {
  peakBytes = 0;
  readonly #timer: NodeJS.Timeout;

  /** @param read what is looked at: {@link readResidentBytes} or {@link readDescendantsBytes} */
  constructor(pid: number, read: (pid: number) => number = readResidentBytes) {
    this.#timer = setInterval(() => {
      this.peakBytes = Math.max(this.peakBytes, read(pid));
    }, 50);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function readFamily(pid: number): Map<number, ProcessFacts> {
  const all = new Map<number, ProcessFacts>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const facts = readFacts(Number(name));
    if (facts !== undefined) all.set(Number(name), facts);
  }
  const belongs = (member: number): boolean => {
    for (let at: number | undefined = member; at !== undefined && at > 0; at = all.get(at)?.parentPid)
      if (at === pid) return true;
    return false;
  };
  return new Map([...all].filter(([member]) => belongs(member)));
}

function readFacts(pid: number): ProcessFacts | undefined {
  const text = readOrGone(`/proc/${String(pid)}/stat`);
  if (text === undefined) return undefined;
  // Its name, in parentheses, may hold anything. Behind it: state, parent, … utime is the 12th, then stime, cutime, cstime.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const cpuTicks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parentPid: Number(fields[1]), cpuTicks };
}

function readStatusBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number | undefined {
  const text = readOrGone(`/proc/${String(pid)}/status`);
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

function readOrGone(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: it ended between the two calls that reading takes.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}
