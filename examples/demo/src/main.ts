import { EmbeddedError } from '@waybill/embedded';
import { WaybillError } from 'waybill';
import { demoArguments, usage } from './demoArguments.js';
import { DemoError } from './demoError.js';
import { paintFor } from './output/paint.js';
import { runDemo } from './runDemo.js';

const exitCodes = { wronglyCalled: 2, failed: 1, interrupted: 130 } as const;
/** npm passes Ctrl-C on, so that one press arrives twice; the second within this time is the same. */
const samePressMs = 1_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const given = demoArguments(process.argv.slice(2));
  if (given.kind === 'help') {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (given.kind === 'wrong') {
    process.stderr.write(`${given.problem}\n\n${usage}\n`);
    return exitCodes.wronglyCalled;
  }

  const signal = interruption();
  const paint = paintFor({ isTerminal: process.stdout.isTTY, environment: process.env });
  try {
    return await runDemo({ size: given, output: process.stdout, progress: process.stderr, paint, signal });
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    process.stderr.write(`The demo failed. ${describe(error)}\n`);
    return exitCodes.failed;
  }
}

/** Errors made for people in their own words, others with all that helps to find the mistake. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForPeople = [DemoError, EmbeddedError, WaybillError].some((type) => error instanceof type);
  return isForPeople ? error.message : (error.stack ?? error.message);
}

/** Fires at the first SIGINT, SIGTERM or SIGHUP. A later SIGINT ends this process at once; its children follow it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const interrupt = (): void => {
    const nowMs = performance.now();
    if (firstMs === undefined) {
      firstMs = nowMs;
      process.stderr.write('\nStopping everything …\n');
      controller.abort();
    } else if (nowMs - firstMs > samePressMs) {
      process.exit(exitCodes.interrupted);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  return controller.signal;
}
