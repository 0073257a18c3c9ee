import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

type Cleanup = () => Promise<void>;
const cleanups: Cleanup[] = [];

/** Runs when the present test is over, last one first. */
export function atEnd(cleanup: Cleanup): void {
  cleanups.push(cleanup);
}

/** A directory of the present test, which every user may pass through. */
export async function scratchDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  await chmod(path, 0o755);
  atEnd(async () => {
    await rm(path, { recursive: true, force: true });
  });
  return path;
}

/** Stops an engine when the present test is over, and gives it back. */
export function stopAtEnd<Engine extends { stop(): Promise<void> }>(engine: Engine): Engine {
  atEnd(async () => {
    await engine.stop();
  });
  return engine;
}

afterEach(async () => {
  for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) await cleanup();
});
