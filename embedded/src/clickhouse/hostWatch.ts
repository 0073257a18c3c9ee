/**
 * The thread that notices the host's death. The host holds the other end of a pipe and writes nothing to it,
 * so a read returns only when the host is gone, however it went.
 */
import { readSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

parentPort?.postMessage('watching');

/** Its place in the `stdio` that the launcher gives; the input is ClickHouse's (see terminalInput). */
const HOST_PIPE = 3;

const buffer = Buffer.alloc(64);
for (;;) {
  try {
    if (readSync(HOST_PIPE, buffer) === 0) break;
  } catch {
    break;
  }
}
const temporaryDirectory: unknown = workerData;
try {
  if (typeof temporaryDirectory === 'string') rmSync(temporaryDirectory, { recursive: true, force: true });
} catch {
  // ClickHouse still writes there; what it leaves is in the system's temporary directory.
}
process.kill(process.pid, 'SIGKILL');
