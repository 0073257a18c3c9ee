import pg from 'pg';
import { readCpuSeconds } from '../measuring/processMeter.js';
import { startBenchProcess, type BenchProcess } from '../processes/benchProcess.js';
import type { BenchContext, Section, SectionResult } from '../section.js';
import { withWaybillOutbox } from '../waybillOutbox.js';
import type { LoadOrder, LoadSetup, LoadSlice } from './capture/load.js';
import { toCaptureResult } from './capture/result.js';
import { toRounds, type Cycle, type MeasuredSlice, type Round } from './capture/rounds.js';
import { createCaptureTables } from './capture/tables.js';
import { captureWays, type CaptureWayName } from './capture/ways.js';

const connectionCounts = [1, 8, 32] as const;
/** With eight ways, a cycle lasts two seconds. */
const sliceMs = 250;

interface Length {
  readonly warmUpMs: number;
  /** Slices of each way at each number of connections. */
  readonly cycles: number;
}
const full: Length = { warmUpMs: 2_000, cycles: 25 };
const quick: Length = { warmUpMs: 400, cycles: 5 };

type LoadProcess = BenchProcess<LoadOrder, LoadSlice>;

export const capture: Section = {
  name: 'capture',
  title: 'What capturing an event costs the use case',
  run: (context) =>
    withWaybillOutbox(context.engines, 'bench_capture', async ({ options: { databaseUrl } }) => {
      await createCaptureTables(databaseUrl);
      const setup: LoadSetup = { databaseUrl, connectionCounts };
      const load = await startBenchProcess<LoadOrder, LoadSlice>(
        new URL('./capture/load.js', import.meta.url),
        setup,
      );
      try {
        return await measure(context, load, databaseUrl);
      } finally {
        await load.stop();
      }
    }),
};

async function measure(
  { engines, quick: isQuick, say }: BenchContext,
  load: LoadProcess,
  databaseUrl: string,
): Promise<SectionResult> {
  const { warmUpMs, cycles } = isQuick ? quick : full;
  for (const { name } of captureWays) await load.ask({ way: name, connections: 32, durationMs: warmUpMs });
  const roundsByConnections = new Map<number, readonly Round[]>();
  for (const connections of connectionCounts) {
    say(`capture: ${String(captureWays.length)} ways at ${String(connections)} connection(s)`);
    const measured: Cycle[] = [];
    for (let cycle = 0; cycle < cycles; cycle += 1)
      measured.push(await runCycle(load, engines.postgres.pid, connections, cycle));
    roundsByConnections.set(connections, toRounds(measured));
  }
  return toCaptureResult(roundsByConnections, await readEventBytes(databaseUrl));
}

/**
 * One slice of each way. Each cycle begins with another, and every second one goes backwards, so that no way always runs
 * behind the same other one, whose pages and WAL may still be being written.
 */
async function runCycle(
  load: LoadProcess,
  postgresPid: number,
  connections: number,
  cycle: number,
): Promise<Cycle> {
  const names = captureWays.map(({ name }) => name);
  const first = cycle % names.length;
  const order = [...names.slice(first), ...names.slice(0, first)];
  if (cycle % 2 === 1) order.reverse();
  const slices = new Map<CaptureWayName, MeasuredSlice>();
  for (const way of order) {
    const cpuSecondsBefore = readCpuSeconds(postgresPid);
    const { elapsedMs, cpuUs, latenciesUs } = await load.ask({ way, connections, durationMs: sliceMs });
    const postgresCpuUs = (readCpuSeconds(postgresPid) - cpuSecondsBefore) * 1_000_000;
    slices.set(way, { elapsedMs, latenciesUs, nodeCpuUs: cpuUs, postgresCpuUs });
  }
  return Object.fromEntries(slices) as unknown as Cycle; // an entry for each way
}

/** The mean length of a captured event as one line of COPY, in bytes. */
async function readEventBytes(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT avg(octet_length(concat_ws(E'\\t', event_id, event_type, event_date_time, environment, event_context,
                metadata_version, subject, traceparent)) + 1) AS bytes
       FROM (SELECT * FROM waybill.event LIMIT 10000) AS event`,
    );
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
