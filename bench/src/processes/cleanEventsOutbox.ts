import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CleanReport } from 'waybill/worker';
import type { WaybillOutbox } from '../waybillOutbox.js';

const program = fileURLToPath(new URL('cli/main.js', import.meta.resolve('waybill')));
/** A report names every partition that was dropped. */
const outputBytesMax = 16 * 2 ** 20;

/** Runs task `clean_events_outbox` once, by its command, in a process of its own. */
export async function cleanEventsOutbox({ options }: WaybillOutbox): Promise<CleanReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'clean-events-outbox', '--json'], {
    env: {
      ...process.env,
      DATABASE_URL: options.databaseUrl,
      EVENT_PARTITION_SIZE: String(options.eventPartitionSize),
    },
    maxBuffer: outputBytesMax,
  });
  return JSON.parse(stdout) as CleanReport; // its times as text, which nobody reads here
}
