import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { BenchContext } from '../../section.js';
import { countDeadRows } from '../../measuring/postgresMeter.js';
import { startBenchProcess } from '../../processes/benchProcess.js';
import { cleanEventsOutbox } from '../../processes/cleanEventsOutbox.js';
import type { CaptureOrder, CaptureReport, CaptureSetup } from '../../processes/steadyCapture.js';
import { createWaybillOutbox, type WaybillOutbox } from '../../waybillOutbox.js';
import { logEnd, logStatements, readDropTimes, type DropTimes } from './dropTimes.js';
import { LockWaits } from './lockWaits.js';
import type { CleaningScene, SceneName } from './scenes.js';

/** What one cleaning took, and what captures felt of it. */
export interface CleaningSample extends DropTimes {
  readonly scene: SceneName;
  readonly records: number;
  readonly partitionsDropped: number;
  readonly seconds: number;
  readonly before: Pick<CaptureReport, 'transactions' | 'p99Ms' | 'longestMs'>;
  readonly meanwhile: Pick<CaptureReport, 'transactions' | 'p99Ms' | 'longestMs'>;
  readonly longestLockWaitMs: number;
  readonly deadRows: number;
}

const load = {
  connections: 8,
  transactionsPerSecond: 500,
  kinds: [{ events: 1, percent: 100 }],
  rolledBackPercent: 0,
} satisfies Partial<CaptureSetup>;

/** Copies the template, captures steadily for a while, cleans, and captures on until as much time has passed again. */
export async function cleanOnce(
  { engines }: BenchContext,
  scene: CleaningScene,
  template: WaybillOutbox,
  windowMs: number,
): Promise<CleaningSample> {
  const outbox = await createWaybillOutbox(engines, `${template.name}_copy`, {
    eventPartitionSize: scene.eventPartitionSize,
    copyOf: template.name,
  });
  try {
    const setup: CaptureSetup = { ...load, databaseUrl: outbox.applicationUrl };
    const capture = await startBenchProcess<CaptureOrder, CaptureReport>(
      new URL('../../processes/steadyCapture.js', import.meta.url),
      setup,
    );
    try {
      await capture.ask('start');
      await pause(windowMs / 4); // warm connections and plans
      await capture.ask('report');
      await pause(windowMs);
      const before = await capture.ask('report');
      const cleaned = await cleanWatched(outbox, windowMs, engines.postgres.logFile);
      const meanwhile = await capture.ask('stop');
      const deadRows = await countDeadRows(outbox.pool, 'waybill.event');
      return { scene: scene.name, ...cleaned, before, meanwhile, deadRows };
    } finally {
      await capture.stop();
    }
  } finally {
    await outbox.drop();
  }
}

type Cleaned = Omit<CleaningSample, 'scene' | 'before' | 'meanwhile' | 'deadRows'>;

async function cleanWatched(outbox: WaybillOutbox, windowMs: number, logFile: string): Promise<Cleaned> {
  const waits = new LockWaits(outbox.options.databaseUrl);
  await waits.start();
  try {
    const records = await countRecords(outbox.pool);
    await logStatements(outbox.pool);
    const logFrom = await logEnd(logFile);
    const window = pause(windowMs);
    const report = await cleanEventsOutbox(outbox);
    await window;
    const { dropped, emptied, locked } = report.partitions;
    if (emptied.length + locked.length > 0)
      throw new Error(`Partitions were left: ${JSON.stringify(report.partitions)}`);
    return {
      records: report.eventsDeleted === 0 ? records : report.eventsDeleted,
      partitionsDropped: dropped.length,
      seconds: report.durationMs / 1_000,
      ...(await readDropTimes(logFile, logFrom)),
      longestLockWaitMs: waits.longestMs,
    };
  } finally {
    await waits.stop();
  }
}

/** Delivered records that are still in the outbox. */
async function countRecords(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ records: string }>(
    `SELECT coalesce(sum(event_count), 0) AS records FROM waybill.batch WHERE status = 'DELIVERED' AND cleaned_at IS NULL`,
  );
  return Number(rows[0]?.records);
}
