/**
 * The process between the host and the postmaster. Its input is a pipe from the host: when that ends, because the
 * host closed it or died of whatever cause, it shuts Postgres down: fast, then at once, then by SIGKILL. It leads a
 * process group of its own, so that Ctrl-C in a terminal reaches only the host. It also bounds Postgres's log.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { BoundedLog } from '../process/boundedLog.js';
import { LogTail } from '../process/logTail.js';
import type { SupervisorOrder, SupervisorReport } from './supervisorProtocol.js';

// Written by our own launcher, a line away from this process's start.
const order = JSON.parse(process.argv[2] ?? '{}') as SupervisorOrder;
process.title = `postgres supervisor: ${order.cwd}`;
const log = new BoundedLog(order.logFile);
const tail = new LogTail();
/** How long the end of the log may take to arrive after the postmaster ended. */
const LOG_DRAIN_MS = 300;
let hostIsGone = false;
let stopping = false;

const postmaster = spawn(order.command, order.args, {
  cwd: order.cwd,
  env: order.env,
  stdio: ['ignore', 'ignore', 'pipe'],
  ...(order.uid === undefined ? {} : { uid: order.uid }),
  ...(order.gid === undefined ? {} : { gid: order.gid }),
});

// A report that finds nobody to read it is no reason to let go of the postmaster.
process.stdout.on('error', () => undefined);

function report(line: SupervisorReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function record(chunk: Buffer | string): void {
  log.write(chunk);
  tail.push(chunk);
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  postmaster.kill('SIGINT');
  setTimeout(() => postmaster.kill('SIGQUIT'), order.fastShutdownMs);
  setTimeout(() => postmaster.kill('SIGKILL'), order.fastShutdownMs * 2);
}

function end(exitCode: number | null, signal: NodeJS.Signals | null): void {
  report({ event: 'ended', exitCode, signal, logTail: tail.text });
  if (hostIsGone && order.temporaryDirectory !== undefined) {
    rmSync(order.temporaryDirectory, { recursive: true, force: true });
  }
  process.exit(0);
}

if (postmaster.pid !== undefined) report({ event: 'started', pid: postmaster.pid });
postmaster.stderr.on('data', record);
postmaster.once('error', (error) => {
  record(error.message);
  if (postmaster.pid === undefined) end(null, null);
});
// "close" comes when all of the log is read; after a SIGKILL, backends that linger may hold its pipe open.
postmaster.once('close', end);
postmaster.once('exit', (exitCode, signal) => {
  setTimeout(end, LOG_DRAIN_MS, exitCode, signal);
});

process.stdin.resume();
for (const event of ['end', 'close', 'error']) {
  process.stdin.once(event, () => {
    hostIsGone = true;
    stop();
  });
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
