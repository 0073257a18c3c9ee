import { eventLimits } from '../event/logEvent.js';
import { nearestName } from '../event/nearestName.js';
import { WaybillError } from '../waybillError.js';
import { quoteIdentifier } from './quoteIdentifier.js';

/** How events are captured. Every option has a default; most applications set none. */
export interface CaptureOptions {
  /** Postgres schema of the outbox. Default: `WAYBILL_SCHEMA`, else `waybill`. */
  readonly schema?: string | undefined;
  /** Environment of events that do not name their own. Default: `WAYBILL_ENVIRONMENT`, else `NODE_ENV`, else `development`. */
  readonly environment?: string | undefined;
  /** Largest `eventContext`, in bytes of JSON text in UTF-8. Default: 262,144. */
  readonly contextBytesMax?: number | undefined;
}

export interface ResolvedCaptureOptions {
  readonly schema: string;
  readonly quotedSchema: string;
  readonly environment: string;
  readonly contextBytesMax: number;
}

const knownOptions = [
  'schema',
  'environment',
  'contextBytesMax',
] as const satisfies readonly (keyof CaptureOptions)[];

/**
 * Completes capture's options from the environment and the defaults.
 * This file is part of what an application imports, so it must stay free of dependencies.
 * @throws {WaybillError} `INVALID_OPTION` for an unknown name or an impossible value
 */
export function resolveCaptureOptions(options: CaptureOptions = {}): ResolvedCaptureOptions {
  for (const name of Object.keys(options)) {
    if ((knownOptions as readonly string[]).includes(name)) continue;
    const nearest = nearestName(name, knownOptions);
    const hint =
      nearest === undefined ? `the options are ${knownOptions.join(', ')}` : `did you mean ${nearest}?`;
    throw new WaybillError('INVALID_OPTION', `${name} is not an option of capture (${hint}).`);
  }
  const schema = options.schema ?? nonEmpty(process.env['WAYBILL_SCHEMA']) ?? 'waybill';
  const contextBytesMax = options.contextBytesMax ?? eventLimits.contextBytesMax;
  if (!Number.isInteger(contextBytesMax) || contextBytesMax < 2) {
    throw new WaybillError(
      'INVALID_OPTION',
      `contextBytesMax must be a whole number of bytes from 2, not ${String(contextBytesMax)}.`,
    );
  }
  return Object.freeze({
    schema,
    quotedSchema: quoteIdentifier(schema),
    environment:
      options.environment ??
      nonEmpty(process.env['WAYBILL_ENVIRONMENT']) ??
      nonEmpty(process.env['NODE_ENV']) ??
      'development',
    contextBytesMax,
  });
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
