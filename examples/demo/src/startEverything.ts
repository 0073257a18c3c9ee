import { startEngines, type Engines } from '@waybill/embedded';
import { DemoError } from './demoError.js';
import { migrate } from './migrate.js';
import { startChild, type RunningChild } from './processes/childProcess.js';

export interface StartedSystem {
  readonly engines: Engines;
  readonly storefront: RunningChild;
  readonly storefrontUrl: string;
  readonly worker: RunningChild;
  /** Rejects when one of the four ends without having been told to. */
  readonly unexpectedEnd: Promise<never>;
  /** Stops the shop, the worker and the engines, in this order. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  /** Told what is written by the processes. */
  readonly onLine: (line: string) => void;
}

/** Starts the engines in a temporary directory, migrates them, and starts the shop and the worker beside them. */
export async function startEverything({ signal, onLine }: StartOptions): Promise<StartedSystem> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  const start = async <Part extends { stop(): Promise<void> }>(part: Promise<Part>): Promise<Part> => {
    const started = await part;
    stops.push(() => started.stop());
    signal.throwIfAborted();
    return started;
  };

  try {
    const engines = await start(startEngines());
    const { postgres, clickhouse } = engines;
    await migrate(postgres.url, clickhouse.url);
    signal.throwIfAborted();
    const environment = { DATABASE_URL: postgres.url, CLICKHOUSE_URL: clickhouse.url };
    const child = (name: 'storefront' | 'worker'): Promise<RunningChild> =>
      start(
        startChild({
          name,
          module: new URL(`./processes/${name}.js`, import.meta.url),
          environment,
          onLine: (line) => {
            onLine(`${name}: ${line}`);
          },
        }),
      );
    const worker = await child('worker');
    const storefront = await child('storefront');
    if (storefront.url === undefined) throw new DemoError('The storefront did not say where it is.');
    const unexpectedEnd = Promise.race([
      storefront.unexpectedEnd,
      worker.unexpectedEnd,
      unexpectedEngineEnd('Postgres', postgres),
      unexpectedEngineEnd('ClickHouse', clickhouse),
    ]);
    unexpectedEnd.catch(() => undefined); // whoever waits for it hears of it
    return { engines, storefront, storefrontUrl: storefront.url, worker, unexpectedEnd, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function unexpectedEngineEnd(name: string, engine: Engines['postgres' | 'clickhouse']): Promise<never> {
  const { expected, logTail } = await engine.exited;
  if (expected) return new Promise<never>(() => undefined);
  throw new DemoError(`${name} ended by itself.\n${logTail}`);
}
