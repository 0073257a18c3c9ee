/**
 * A terminal as this process's input, for the sake of one line of ClickHouse: its `local` program ends itself when a
 * thread that serves a connection throws, unless it believes that a person sits at it. The real server logs and goes on.
 *
 * Seen with 26.7: a client that resets its connection just after the head of an INSERT brings
 * `Terminate called for uncaught exception: Code: 210. DB::NetException: Connection reset by peer` and SIGABRT; with
 * two dozen such clients at once it takes about a second. (In its source, `LocalServer::main` installs
 * `KillingErrorHandler` when not `is_interactive`, which is `--interactive` and an input that is a terminal.)
 */
import { closeSync, constants, openSync } from 'node:fs';
import { DataType, load, open } from 'ffi-rs';

/**
 * Arguments for an input that is a terminal. The script runs first all the same, but when it fails, or is cancelled, a
 * prompt follows. `--time` is refused there, so that ClickHouse ends at once instead of waiting for somebody to type.
 */
export const TERMINAL_ARGS = [
  '--interactive',
  '--time',
  '--disable_suggestion',
  '--progress=off',
  '--progress-table=off',
  // With a terminal for input the log would go to the error output as well.
  '--logger.console=false',
];

const LIBRARIES: Readonly<Record<string, string>> = {
  linux: 'libc.so.6',
  darwin: '/usr/lib/libSystem.B.dylib',
};

/**
 * Puts a new pseudo-terminal, on which nobody ever types, in place of this process's input. It does not become the
 * controlling terminal: it sends no signals and is not reachable as /dev/tty.
 * Returns false where there is none to be had; the input is as it was then.
 */
export function takeTerminalAsInput(): boolean {
  const path = LIBRARIES[process.platform];
  if (path === undefined) return false;
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  let master: number | undefined;
  try {
    open({ library: 'c', path });
    // It stays open as long as this process lives; without it the input would be no terminal any more.
    master = openSync('/dev/ptmx', flags);
    callC('grantpt', [master]);
    callC('unlockpt', [master]);
    const name = load({
      library: 'c',
      funcName: 'ptsname',
      retType: DataType.String,
      paramsType: [DataType.I32],
      paramsValue: [master],
    });
    const terminal = openSync(name, flags);
    try {
      callC('dup2', [terminal, 0]);
    } finally {
      closeSync(terminal);
    }
    return true;
  } catch {
    if (master !== undefined) closeSync(master);
    return false;
  }
}

/** Calls a function of the C library that takes integers and returns -1 when it fails. */
function callC(funcName: string, paramsValue: number[]): void {
  const paramsType = paramsValue.map(() => DataType.I32);
  const result = load({ library: 'c', funcName, retType: DataType.I32, paramsType, paramsValue });
  if (result === -1) throw new Error(`${funcName} failed`);
}
