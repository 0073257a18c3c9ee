import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { pino } from 'pino';
import type { WaybillOptions } from '../config/options.js';
import type { Logger } from './logger.js';

/**
 * A logger that writes to `stream`, standard error for the commands: as text for a person at a terminal, as JSON
 * lines for everything else, unless the options say which.
 */
export function createPinoLogger(
  options: Pick<WaybillOptions, 'logLevel' | 'logFormat'>,
  stream: NodeJS.WriteStream,
): Logger {
  const asText = options.logFormat === 'text' || (options.logFormat === 'auto' && stream.isTTY);
  const settings = { level: options.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return asText ? pino(settings, textStream(stream)) : pino(settings, stream);
}

const levelNames: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
};
const levelColors = { info: 'green', warn: 'yellow', error: 'red' } as const;

/** Turns each JSON line into one that a person reads: time, level, message, fields. */
function textStream(stream: NodeJS.WriteStream): Writable {
  const colored = stream.isTTY && stream.hasColors();
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      stream.write(formatLine(JSON.parse(line) as Record<string, unknown>, colored), done); // pino writes objects
    },
  });
}

function formatLine({ time, level, msg, err, ...fields }: Record<string, unknown>, colored: boolean): string {
  const name = levelNames[Number(level)] ?? String(level);
  const color = name in levelColors ? levelColors[name as keyof typeof levelColors] : 'gray';
  const paint = (text: string, style: 'green' | 'yellow' | 'red' | 'gray'): string =>
    colored ? styleText(style, text) : text;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const details = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`);
  const message =
    typeof err === 'object' && err !== null && 'message' in err ? fieldText(err.message) : undefined;
  if (message !== undefined) details.push(`error=${message}`);
  const tail = details.length === 0 ? '' : `  ${paint(details.join(' '), 'gray')}`;
  return `${paint(clock, 'gray')} ${paint(name.padEnd(5), color)} ${String(msg)}${tail}\n`;
}

function fieldText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
