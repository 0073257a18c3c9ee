import { readFileSync } from 'node:fs';
import type { BenchEngines } from '../../engines.js';
import { readPostgresWork } from '../../measuring/postgresMeter.js';
import { readResidentBytes } from '../../measuring/processMeter.js';
import type { WaybillOutbox } from '../../waybillOutbox.js';

/** How things stand at some moment of the soak. Sizes in bytes. */
export interface SoakSample {
  readonly seconds: number;
  /** Events committed and delivered since the start. */
  readonly captured: number;
  readonly delivered: number;
  readonly workerBytes: number;
  readonly postgresBytes: number;
  readonly clickhouseBytes: number;
  /** Table event with its partitions and indexes. */
  readonly eventBytes: number;
  /** Tables batch, attempt and run with their indexes: the record of deliveries. */
  readonly historyBytes: number;
  readonly partitions: number;
  /** Written since the start of the server. */
  readonly walBytes: number;
  readonly parts: number;
  /** The longest capture since the last sample. */
  readonly longestCaptureMs: number;
}

export type Measured = Omit<SoakSample, 'seconds' | 'captured' | 'longestCaptureMs'>;

export async function measureSoak(
  engines: BenchEngines,
  outbox: WaybillOutbox,
  workerPid: number | undefined,
): Promise<Measured> {
  const [postgres, work, parts] = await Promise.all([
    readPostgres(outbox),
    readPostgresWork(outbox.pool),
    countParts(outbox),
  ]);
  return {
    ...postgres.facts,
    walBytes: work.walBytes,
    parts,
    workerBytes: workerPid === undefined ? 0 : readResidentBytes(workerPid),
    postgresBytes: readProportionalBytes([engines.postgres.pid, ...postgres.pids]),
    clickhouseBytes: readResidentBytes(engines.clickhouse.pid),
  };
}

interface PostgresFacts {
  readonly delivered: number;
  readonly eventBytes: number;
  readonly historyBytes: number;
  readonly partitions: number;
}

async function readPostgres({ pool }: WaybillOutbox): Promise<{ facts: PostgresFacts; pids: number[] }> {
  const { rows } = await pool.query<PostgresFacts & { pids: number[] }>(`
    SELECT
      (SELECT coalesce(sum(event_count), 0) FROM waybill.batch WHERE status = 'DELIVERED')::float8 AS delivered,
      (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('waybill.event'))::float8 AS "eventBytes",
      (SELECT count(*) FROM pg_partition_tree('waybill.event') WHERE isleaf)::float8 AS partitions,
      (SELECT sum(pg_total_relation_size(name::regclass))
       FROM unnest(ARRAY['waybill.batch', 'waybill.attempt', 'waybill.run']) AS name)::float8 AS "historyBytes",
      ARRAY(SELECT pid FROM pg_stat_activity) AS pids`);
  const [row] = rows;
  if (row === undefined) throw new Error('Postgres has answered with nothing.');
  const { pids, ...facts } = row;
  return { facts, pids };
}

async function countParts({ clickhouse, name }: WaybillOutbox): Promise<number> {
  const result = await clickhouse.query({
    query: 'SELECT toUInt32(count()) AS parts FROM system.parts WHERE active AND database = {name: String}',
    query_params: { name },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ parts: number }>();
  return row?.parts ?? 0;
}

/** Memory of processes that share some: of what is shared, each counts its part (Linux, `Pss`). */
function readProportionalBytes(pids: readonly number[]): number {
  let bytes = 0;
  for (const pid of pids) {
    try {
      const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
      bytes += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1_024;
    } catch (error) {
      // ESRCH, ENOENT: a connection has ended since Postgres listed it.
      if (!(error instanceof Error && 'code' in error && /^(ESRCH|ENOENT)$/.test(String(error.code))))
        throw error;
    }
  }
  return bytes;
}
