import { resolveOptions, type ResolvedOptions } from '../config/options.js';
import type { SettingName } from '../config/settings.js';
import type { Logger } from '../observe/logger.js';
import { createPinoLogger } from '../observe/pinoLogger.js';

/** Options of every command. */
export interface GlobalFlags {
  readonly dotenv?: string | undefined;
}

/** What a command starts from: its options, resolved once, and a logger on standard error. */
export interface CommandContext extends ResolvedOptions {
  readonly logger: Logger;
}

/** @throws {InvalidOptionsError} with every problem at once */
export function commandContext(flags: GlobalFlags, required: readonly SettingName[]): CommandContext {
  const resolved = resolveOptions({
    required,
    ...(flags.dotenv === undefined ? {} : { envFile: flags.dotenv }),
  });
  const logger = createPinoLogger(resolved.options, process.stderr);
  for (const notice of resolved.notices) logger.warn({}, notice);
  return { ...resolved, logger };
}

/** Fires at the first SIGINT or SIGTERM. A second one ends the process at once, as everyone expects of Ctrl-C twice. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort();
    });
  }
  return controller.signal;
}

/** Resolves when the signal fires. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    }
  });
}
