import { WaybillError } from '../waybillError.js';
import { newEventId } from './eventId.js';
import { jsonText } from './jsonText.js';
import { eventLimits, type LogEvent } from './logEvent.js';
import { nearestName } from './nearestName.js';

/** An event that passed every rule, its values as Postgres takes them. */
export interface EncodedEvent {
  readonly eventId: string;
  readonly eventType: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly eventDateTime: string;
  readonly environment: string;
  /** JSON text. */
  readonly eventContext: string;
  readonly metadataVersion: number;
  readonly subject: string | null;
  readonly traceparent: string | null;
}

export interface EncodeOptions {
  /** Environment of events that do not name their own. */
  readonly environment: string;
  /** Largest context, in bytes of UTF-8. */
  readonly contextBytesMax: number;
}

/** An event broke a rule. Nothing was sent to the database; the transaction is as it was. */
export class InvalidEventError extends WaybillError {
  /** Name of the field that broke the rule, with the path inside it: `eventContext.items[3].price`. */
  readonly field: string;
  /** Position of the event in the list given to `captureEvents`, from 0. */
  readonly index: number;

  constructor(field: string, problem: string, index: number) {
    super(
      'INVALID_EVENT',
      `Event ${String(index)} was not captured: ${field} ${problem}. ` +
        'Nothing was sent to the database. Correct the event, or let the error end the transaction.',
    );
    this.field = field;
    this.index = index;
  }
}

const knownFields = [
  'eventType',
  'eventContext',
  'eventDateTime',
  'environment',
  'metadataVersion',
  'subject',
  'traceparent',
] as const satisfies readonly (keyof LogEvent)[];
const knownFieldSet: ReadonlySet<string> = new Set(knownFields);

const eventDateTimeMinMs = Date.parse(eventLimits.eventDateTimeMin);
const eventDateTimeMaxMs = Date.parse(eventLimits.eventDateTimeMax);
// https://www.w3.org/TR/trace-context/#traceparent-header-field-values: all-zero ids are invalid, and so is version ff.
const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Checks an event against every rule and writes it as Postgres takes it.
 * @throws {InvalidEventError} naming the field, before anything is sent
 */
export function encodeEvent(event: LogEvent, index: number, options: EncodeOptions): EncodedEvent {
  if (typeof event !== 'object' || (event as unknown) === null || Array.isArray(event)) {
    throw new InvalidEventError('event', `must be an object, not ${describe(event)}`, index);
  }
  for (const field of Object.keys(event)) {
    if (knownFieldSet.has(field)) continue;
    const nearest = nearestName(field, knownFields);
    const hint =
      nearest === undefined ? `the fields are ${knownFields.join(', ')}` : `did you mean ${nearest}?`;
    throw new InvalidEventError(field, `is not a field of an event (${hint})`, index);
  }

  const now = Date.now();
  const { eventTypeBytesMax, environmentBytesMax, subjectBytesMax } = eventLimits;
  const environment = event.environment ?? options.environment;
  return {
    eventType: checkText('eventType', event.eventType, 1, eventTypeBytesMax, index),
    environment: checkText('environment', environment, 1, environmentBytesMax, index),
    subject:
      event.subject === undefined ? null : checkText('subject', event.subject, 0, subjectBytesMax, index),
    eventDateTime: checkDateTime(event.eventDateTime ?? new Date(now), index),
    metadataVersion: checkMetadataVersion(event.metadataVersion ?? 1, index),
    traceparent: event.traceparent === undefined ? null : checkTraceparent(event.traceparent, index),
    eventContext: checkContext(event.eventContext, options.contextBytesMax, index),
    eventId: newEventId(now),
  };
}

function checkText(field: string, value: unknown, bytesMin: number, bytesMax: number, index: number): string {
  if (typeof value !== 'string')
    throw new InvalidEventError(field, `must be a string, not ${describe(value)}`, index);
  if (value.includes('\0'))
    throw new InvalidEventError(field, 'contains a NUL, which Postgres cannot store', index);
  if (!value.isWellFormed()) throw new InvalidEventError(field, 'contains half of a surrogate pair', index);
  const bytes = Buffer.byteLength(value);
  if (bytes < bytesMin) throw new InvalidEventError(field, 'is empty', index);
  if (bytes > bytesMax) {
    throw new InvalidEventError(
      field,
      `has ${bytes.toLocaleString('en')} bytes, ${bytesMax.toLocaleString('en')} are allowed`,
      index,
    );
  }
  return value;
}

function checkDateTime(value: unknown, index: number): string {
  if (!(value instanceof Date)) {
    throw new InvalidEventError('eventDateTime', `must be a Date, not ${describe(value)}`, index);
  }
  const time = value.getTime();
  if (Number.isNaN(time)) throw new InvalidEventError('eventDateTime', 'is an invalid Date', index);
  if (time < eventDateTimeMinMs || time > eventDateTimeMaxMs) {
    const range = `${eventLimits.eventDateTimeMin} to ${eventLimits.eventDateTimeMax}`;
    throw new InvalidEventError(
      'eventDateTime',
      `is ${value.toISOString()}; ClickHouse holds ${range}`,
      index,
    );
  }
  return value.toISOString();
}

function checkMetadataVersion(value: unknown, index: number): number {
  const { metadataVersionMax } = eventLimits;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > metadataVersionMax) {
    const problem = `must be a whole number from 0 to ${metadataVersionMax.toLocaleString('en')}, not ${describe(value)}`;
    throw new InvalidEventError('metadataVersion', problem, index);
  }
  return value;
}

function checkTraceparent(value: unknown, index: number): string {
  if (typeof value !== 'string' || !traceparentPattern.test(value)) {
    const problem = `must be a W3C traceparent (00-<32 hex>-<16 hex>-<2 hex>), not ${describe(value)}`;
    throw new InvalidEventError('traceparent', problem, index);
  }
  return value;
}

function checkContext(value: unknown, bytesMax: number, index: number): string {
  const json = jsonText(value, eventLimits.contextDepthMax);
  if (!json.ok) throw new InvalidEventError(`eventContext${json.problem.path}`, json.problem.problem, index);
  const bytes = Buffer.byteLength(json.text);
  if (bytes > bytesMax) {
    throw new InvalidEventError(
      'eventContext',
      `has ${bytes.toLocaleString('en')} bytes of JSON, ${bytesMax.toLocaleString('en')} are allowed (contextBytesMax)`,
      index,
    );
  }
  return json.text;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'undefined') return 'undefined';
  return `a value of type ${typeof value}`;
}
