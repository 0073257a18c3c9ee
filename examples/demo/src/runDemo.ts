import { serveDashboard } from 'waybill/dashboard';
import { deliveryOptions } from './delivery/deliveryOptions.js';
import type { DemoSize } from './demoArguments.js';
import { measure, type MeasureOptions } from './measure.js';
import { formatCount, formatDuration } from './output/format.js';
import type { Paint } from './output/paint.js';
import { Progress, type ProgressStream } from './output/progress.js';
import { report } from './output/report.js';
import { startEverything, type StartedSystem } from './startEverything.js';

export interface DemoOptions {
  readonly size: DemoSize;
  /** Where the result goes. */
  readonly output: ProgressStream;
  /** Where people see how it goes on. */
  readonly progress: ProgressStream;
  readonly paint: Paint;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
  readonly beforeCheck?: MeasureOptions['beforeCheck'];
}

/**
 * Runs the demo from start to end and leaves nothing running, whatever happens.
 * @returns the exit code: 0 when the ledger agrees with ClickHouse, else 1
 * @throws the reason of the signal when it was ended early; what went wrong when a part did not work
 */
export async function runDemo(options: DemoOptions): Promise<0 | 1> {
  const { size, output, paint, signal, beforeCheck } = options;
  const progress = new Progress(options.progress);
  const say = (line: string): void => {
    output.write(`${line}\n`);
  };

  say(paint.bold('Waybill: a shop under load, delivered to ClickHouse, every event checked'));
  progress.status('  starting Postgres, ClickHouse, the shop and the worker …');
  const startMs = performance.now();
  const system = await startEverything({
    signal,
    onLine: (line) => {
      progress.note(line);
    },
  });
  progress.clear();
  const ending = new AbortController();
  let work: ReturnType<typeof measure> | undefined;
  try {
    const { postgres, clickhouse } = system.engines;
    const started = formatDuration(performance.now() - startMs);
    say(
      paint.dim(
        `  Postgres ${postgres.version}, ClickHouse ${clickhouse.version}, shop and worker up in ${started}`,
      ),
    );
    say(
      paint.dim(
        `  up to ${formatCount(size.orders)} orders or ${String(size.seconds)} s, seed ${String(size.seed)}`,
      ),
    );
    work = measure({ system, size, progress, signal: AbortSignal.any([signal, ending.signal]), beforeCheck });
    const result = await Promise.race([work, system.unexpectedEnd]);
    say(report(result, paint));
    if (size.stay) await stay(system, say, paint, signal);
    return result.comparison.clean ? 0 : 1;
  } finally {
    ending.abort(); // when a part of the system has ended by itself, the work would go on without it
    await system.stop();
    await work?.catch(() => undefined); // whatever it was that failed is on its way to the caller
    progress.clear();
  }
}

async function stay(
  { engines, storefrontUrl, unexpectedEnd }: StartedSystem,
  say: (line: string) => void,
  paint: Paint,
  signal: AbortSignal,
): Promise<void> {
  const dashboard = await serveDashboard({
    ...deliveryOptions(engines.postgres.url, engines.clickhouse.url),
    port: 0,
  });
  say('');
  say(`  dashboard    ${dashboard.url}`);
  say(`  storefront   ${storefrontUrl}/health`);
  say(`  Postgres     ${engines.postgres.url}`);
  say(`  ClickHouse   ${engines.clickhouse.url}/play`);
  say(paint.dim('  Everything keeps running, the worker too. Ctrl-C stops it.'));
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  try {
    await Promise.race([interrupted, unexpectedEnd]);
  } finally {
    await dashboard.stop();
  }
}
