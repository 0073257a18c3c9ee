import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, quantile } from './statistics.js';

export interface FsyncLatency {
  readonly medianMs: number;
  readonly p99Ms: number;
}

const writes = 300;
const pageBytes = 8_192;

/** How long the disk of the temporary directory, where the engines keep their data, takes to make one page durable. */
export async function measureFsync(): Promise<FsyncLatency> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-bench-fsync-'));
  try {
    const file = await open(join(directory, 'pages'), 'w');
    try {
      const page = Buffer.alloc(pageBytes, 'x');
      const samplesMs: number[] = [];
      for (let index = 0; index < writes; index += 1) {
        const startMs = performance.now();
        await file.write(page);
        await file.datasync();
        samplesMs.push(performance.now() - startMs);
      }
      return { medianMs: median(samplesMs), p99Ms: quantile(samplesMs, 0.99) };
    } finally {
      await file.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
