/**
 * The process that is ClickHouse. It loads the library, which contains ClickHouse's own `local` program, and calls it
 * with a script that opens the HTTP and the native interface and then sleeps for ever.
 *
 * That call gives the main thread back only when ClickHouse ends, so no JavaScript runs here meanwhile: signals have
 * their default action, and a worker thread, blocked in a read on the pipe from the host, ends the process when the host is gone.
 */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { DataType, isNullPointer, type JsExternal, load, open } from 'ffi-rs';
import type { ClickHouseOrder } from './clickHouseOrder.js';
import { takeTerminalAsInput, TERMINAL_ARGS } from './terminalInput.js';

// Written by our own launcher, a line away from this process's start.
const order = JSON.parse(process.argv[2] ?? '{}') as ClickHouseOrder;

// What ps and the errors of others show of this process, in place of the order.
process.title = `clickhouse: ${process.cwd()}`;

const hostWatch = new Worker(new URL('./hostWatch.js', import.meta.url), {
  workerData: order.temporaryDirectory,
});
// The worker must be reading before the main thread is gone.
await new Promise((resolve) => hostWatch.once('message', resolve));

const [program = 'clickhouse', ...orderedArgs] = order.args;
const args = [program, ...(takeTerminalAsInput() ? TERMINAL_ARGS : []), ...orderedArgs];

open({ library: 'clickhouse', path: order.library });
const result = load({
  library: 'clickhouse',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
});
if (!isNullPointer(result)) reportError(result);
// ClickHouse has ended, in order or with an error. process.exit() would wait for the worker, which waits for the host.
process.kill(process.pid, 'SIGTERM');

/** Errors in the options are not written anywhere; the result holds them. */
function reportError(holder: JsExternal): void {
  const call = { library: 'clickhouse', funcName: 'chdb_result_error', paramsType: [DataType.External] };
  const error = load({ ...call, retType: DataType.External, paramsValue: [holder] });
  if (isNullPointer(error)) return;
  writeSync(2, `${load({ ...call, retType: DataType.String, paramsValue: [holder] })}\n`);
}
