import {
  preciseCpuBetween,
  readPreciseCpu,
  readServerPids,
  type PreciseCpu,
} from '../../measuring/preciseCpu.js';
import { readPostgresWork, workBetween } from '../../measuring/postgresMeter.js';
import { readStatementWork, statementWorkBetween } from '../../measuring/statementMeter.js';
import { warmBatches, type GrowthState, type StateName } from './states.js';

/** What delivering one slice took. */
export interface SliceSample {
  readonly state: StateName;
  readonly events: number;
  readonly batches: number;
  readonly recordsPerSecond: number;
  /** CPU seconds for a million records. */
  readonly workerCpu: number;
  readonly postgresCpu: number;
  readonly walBytesPerRecord: number;
  readonly statementsPerBatch: number;
  readonly pagesPerBatch: number;
  readonly pagesReadPerBatch: number;
  readonly takePagesPerBatch: number;
  readonly takeMsPerBatch: number;
  readonly readMsPerBatch: number;
}

/** Delivers a slice in that state and measures it, once a few batches have warmed up connections and their plans. */
export async function measureSlice(
  state: GrowthState,
  batches: number,
  postmaster: number,
): Promise<SliceSample> {
  const { pool } = state.outbox;
  await state.worker.ask({ batches: warmBatches });
  const workBefore = await readPostgresWork(pool);
  const statementsBefore = await readStatementWork(pool);
  const cpuBefore = await readCpu(state, postmaster);
  const result = await state.worker.ask({ batches });
  const cpuAfter = await readCpu(state, postmaster);
  const cpu = {
    worker: preciseCpuBetween(cpuBefore.worker, cpuAfter.worker),
    postgres: preciseCpuBetween(cpuBefore.postgres, cpuAfter.postgres),
  };
  const statements = statementWorkBetween(statementsBefore, await readStatementWork(pool));
  const work = workBetween(workBefore, await readPostgresWork(pool));
  if (result.batches < batches)
    throw new Error(`${state.name}: ${String(result.batches)} batches instead of ${String(batches)}.`);
  return {
    state: state.name,
    events: result.events,
    batches: result.batches,
    recordsPerSecond: result.events / result.seconds,
    workerCpu: (cpu.worker / result.events) * 1e6,
    postgresCpu: (cpu.postgres / result.events) * 1e6,
    walBytesPerRecord: work.walBytes / result.events,
    statementsPerBatch: work.statements / result.batches,
    pagesPerBatch: statements.pages / result.batches,
    pagesReadPerBatch: statements.pagesRead / result.batches,
    takePagesPerBatch: statements.takePages / result.batches,
    takeMsPerBatch: statements.takeMs / result.batches,
    readMsPerBatch: statements.readMs / result.batches,
  };
}

interface Cpu {
  readonly worker: PreciseCpu;
  readonly postgres: PreciseCpu;
}

async function readCpu({ worker, outbox }: GrowthState, postmaster: number): Promise<Cpu> {
  const server = await readServerPids(outbox.pool, postmaster);
  return { worker: readPreciseCpu([worker.pid]), postgres: readPreciseCpu(server) };
}
