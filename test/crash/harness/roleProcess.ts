import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CrashOrder } from './crashOrder.js';
import { inPostgres, type Databases } from './databases.js';

/** What a process of the product is started for. */
export type Role = 'producer' | 'migrator' | 'upgrader' | 'worker' | 'cleaner';

export const roles: readonly Role[] = ['producer', 'migrator', 'upgrader', 'worker', 'cleaner'];

export interface RoleRun {
  readonly role: Role;
  readonly databases: Databases;
  /** The ledger that the producer writes. */
  readonly ledgerFile: string;
  readonly order: CrashOrder;
}

export type RoleEnd =
  | { readonly kind: 'done' }
  /** It was killed where it was ordered to be. */
  | { readonly kind: 'killed' }
  | { readonly kind: 'failed'; readonly output: string };

/** Events in a batch. With the contexts that the scenarios give them, some hundred kilobytes. */
export const batchEvents = 100;
/** Event ids in a partition: the least that is allowed. */
export const eventPartitionSize = 100_000;
/** A role that takes longer hangs. */
const roleDeadlineMs = 90_000;
const lookMs = 50;

// This folder and the one of its compiled files lie side by side, so the same paths hold in both.
const crashPoints = new URL('../crashPoints.mjs', import.meta.url).href;
const producer = fileURLToPath(new URL('../dist/producer.js', import.meta.url));
const commandLine = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

const commands: Readonly<Record<Exclude<Role, 'producer'>, string>> = {
  migrator: 'migrate',
  upgrader: 'migrate',
  worker: 'worker',
  cleaner: 'clean-events-outbox',
};

/** Runs a role in a process of its own until it is done, or dead. A worker is asked to stop once it is idle. */
export async function runRole({ role, databases, ledgerFile, order }: RoleRun): Promise<RoleEnd> {
  const program =
    role === 'producer' ? [producer, databases.databaseUrl, ledgerFile] : [commandLine, commands[role]];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--import', crashPoints, ...program], {
    cwd: tmpdir(), // where no .env lies
    env: { PATH, HOME, ...optionsOf(databases), WAYBILL_CRASH_ORDER: JSON.stringify(order) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      resolve({ exitCode, signal });
    });
  });
  const watch = new AbortController();
  const deadline = AbortSignal.timeout(roleDeadlineMs);
  deadline.addEventListener('abort', () => child.kill('SIGKILL'));
  const watching =
    role === 'worker' ? stopWhenIdle(databases, watch.signal, () => child.kill('SIGTERM')) : undefined;
  const { exitCode, signal } = await ended;
  watch.abort();
  await watching;

  if (exitCode === 0) return { kind: 'done' };
  if (signal === 'SIGKILL' && order.crash !== undefined && !deadline.aborted) return { kind: 'killed' };
  const how = deadline.aborted
    ? `did not end within ${String(roleDeadlineMs)} ms`
    : `ended with ${String(signal ?? exitCode)}`;
  return { kind: 'failed', output: `The ${role} ${how}.\n${output}` };
}

/** Runs that found nothing left to do, after which a worker counts as idle. */
const emptyRuns = 2;

async function stopWhenIdle(
  { databaseUrl }: Databases,
  signal: AbortSignal,
  stop: () => void,
): Promise<void> {
  await inPostgres(databaseUrl, async (client) => {
    while (!signal.aborted) {
      const { rows } = await client.query<{ idle: boolean }>(
        `SELECT (SELECT count(*) FROM waybill.run WHERE ended_because = 'drained' AND events_delivered = 0) >= $1
            AND NOT EXISTS (
              SELECT FROM waybill.event_status WHERE status IN ('AWAITING_DELIVERY', 'SENDING')
            ) AS idle`,
        [emptyRuns],
      );
      if (rows[0]?.idle === true) {
        stop();
        return;
      }
      await pause(lookMs);
    }
  });
}

function optionsOf({ name, databaseUrl, clickhouseUrl }: Databases): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    CLICKHOUSE_URL: clickhouseUrl,
    CLICKHOUSE_DATABASE: name,
    LOG_EVENTS_PARTITION_QUANTITY: String(batchEvents),
    LOG_EVENTS_MAX_WAIT_IN_MINUTES: '0',
    LOG_SENDING_FREQUENCY_IN_MINUTES: '0.005',
    CLAIM_LEASE_IN_SECONDS: '1',
    EVENT_PARTITION_SIZE: String(eventPartitionSize),
    LOG_LEVEL: 'warn',
  };
}
