/**
 * A worker with observed tasks, in a process of its own, for tests that stop or kill it. Uses the compiled product: the
 * engine, the runner and the outbox are those of `waybill worker`. Only what the tasks do is the test's: each run is
 * written to the ledger, lasts as long as the ledger says, and honours its signal.
 *
 * Its only argument is JSON. Writes one line of JSON when the engine has started, and logs on standard error. Ends by
 * itself after SIGTERM, when the engine has stopped and nothing is open any more.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { resolveOptions } from '../../../dist/config/options.js';
import { createPinoLogger } from '../../../dist/observe/pinoLogger.js';
import { closeOutbox, openOutbox } from '../../../dist/outbox/database.js';
import { openEngine } from '../../../dist/tasks/openEngine.js';
import { TaskRunner } from '../../../dist/tasks/taskRunner.js';

const { worker, given, intervalsMs, ledgerUrl } = JSON.parse(process.argv[2]);
/** Between two looks at whether a run is to end. */
const lookMs = 20;

const { options } = resolveOptions({ given, environment: {}, envFile: null, required: ['taskEngine'] });
const logger = createPinoLogger({ logLevel: 'debug', logFormat: 'json' }, process.stderr);
const outbox = openOutbox({
  databaseUrl: options.databaseUrl,
  schema: options.schema,
  connectionsMax: 6,
  connectTimeoutMs: 3_000,
  onIdleError: (error) => logger.warn({ err: error }, 'a connection to Postgres was lost while idle'),
});
const ledger = new pg.Pool({ connectionString: ledgerUrl, max: 4 });

/** A statement on the ledger. Without the ledger nothing is proven: the process ends at once, and the test with it. */
async function note(text, values) {
  try {
    const { rows } = await ledger.query(text, values);
    return rows[0];
  } catch (error) {
    logger.error({ err: error }, 'the ledger could not be written');
    process.exit(3);
  }
}

async function observedRun(task, { signal, ttlMs, onProgress }) {
  const { id } = await note(
    'INSERT INTO run (task, worker, ttl_ms) VALUES ($1, $2, $3) RETURNING id::integer AS id',
    [task, worker, ttlMs ?? null],
  );
  const end = (how) =>
    note('UPDATE run SET ended_at = clock_timestamp(), ended = $2 WHERE id = $1', [id, how]);
  let isHeld = false;
  for (let looks = 1; ; looks += 1) {
    if (signal.aborted) {
      await end('stopped');
      return { error: undefined, report: { run: id, endedBecause: 'stopped' } };
    }
    const { held, outcome } = await note(
      'SELECT task.held AND NOT run.released AS held, task.outcome FROM run JOIN task ON task.name = run.task WHERE run.id = $1',
      [id],
    );
    onProgress?.({ run: id, looks });
    if (held) {
      if (!isHeld) await note('UPDATE run SET held = true WHERE id = $1', [id]);
      isHeld = true;
      await pause(lookMs);
      continue;
    }
    await end(outcome);
    if (outcome === 'thrown') throw new Error(`run ${id} has thrown`);
    const error = outcome === 'failed' ? `run ${id} has failed` : undefined;
    return { error, report: { run: id, endedBecause: outcome } };
  }
}

const runner = new TaskRunner({
  outbox,
  worker,
  engine: options.taskEngine,
  logger,
  leaseMs: options.claimLeaseInSeconds * 1_000,
});
const engine = await openEngine(options, { outbox, runner, worker, logger });
const tasks = Object.entries(intervalsMs).map(([name, intervalMs]) => ({
  name,
  intervalMs,
  run: (request) => observedRun(name, request),
}));
const started = engine.start(tasks);

process.once('SIGTERM', async () => {
  await started.catch(() => undefined); // is an error of this process already
  await engine.stop();
  await closeOutbox(outbox);
  await ledger.end();
});

process.stdout.write(`${JSON.stringify({ scheduled: await started })}\n`);
