import { eventLimits } from '../event/logEvent.js';
import { textsInJson, valueTexts, type EventFilter, type KeyFilter } from '../event/eventFilter.js';
import { microsOfIso } from '../event/microTime.js';

/** A condition on rows of the event log, with its parameters. No value stands in its text. */
export interface EventConditions {
  readonly text: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The condition that a filter is. */
export function eventConditions(filter: EventFilter): EventConditions {
  const conditions = [
    'event_date_time >= fromUnixTimestamp64Micro({from: Int64}) AND event_date_time < fromUnixTimestamp64Micro({to: Int64})',
  ];
  const parameters: Record<string, unknown> = {
    from: String(heldMicros(filter.from)),
    to: String(heldMicros(filter.to)),
  };
  const add = (condition: string, name: string, value: unknown): void => {
    conditions.push(condition);
    parameters[name] = value;
  };
  const { types, environments, subject, text, keys = [], traceId, batchId } = filter;
  if (types !== undefined) add('event_type IN {types: Array(String)}', 'types', types);
  if (environments !== undefined)
    add('environment IN {environments: Array(String)}', 'environments', environments);
  if (subject !== undefined) {
    add(
      subject.isPrefix
        ? 'startsWith(ifNull(subject, char(0)), {subject: String})'
        : 'subject = {subject: String}',
      'subject',
      subject.text,
    );
  }
  if (text !== undefined)
    add('multiSearchAnyCaseInsensitiveUTF8(event_context, {text: Array(String)})', 'text', textsInJson(text));
  if (traceId !== undefined) add('substring(traceparent, 4, 32) = {trace: String}', 'trace', traceId);
  if (batchId !== undefined) add('batch_id = {batch: UUID}', 'batch', batchId);
  keys.forEach((key, index) => {
    addKey(key, `key${String(index)}`, conditions, parameters);
  });
  return { text: conditions.join('\n  AND '), parameters };
}

/** Steps that are taken both for a key and for a place in an array; each doubles the ways to look. */
const ambiguousStepsMax = 3;

function addKey(
  { path, value }: KeyFilter,
  name: string,
  conditions: string[],
  parameters: Record<string, unknown>,
): void {
  let ways: string[] = [''];
  let ambiguous = 0;
  path.forEach((step, index) => {
    const stepName = `${name}_${String(index)}`;
    parameters[stepName] = step;
    const asKey = `, {${stepName}: String}`;
    if (!/^\d{1,9}$/.test(step) || ambiguous === ambiguousStepsMax) {
      ways = ways.map((way) => way + asKey);
      return;
    }
    ambiguous += 1;
    parameters[`${stepName}_place`] = Number(step) + 1; // ClickHouse counts from 1
    const asPlace = `, {${stepName}_place: Int64}`;
    ways = ways.flatMap((way) => [way + asKey, way + asPlace]);
  });
  // A string is found as JSON writes it, everything else by its own text; an empty one stands for what is not there.
  parameters[name] = [...valueTexts(value).filter((text) => text !== ''), JSON.stringify(value)];
  conditions.push(
    `(${ways.map((way) => `JSONExtractRaw(event_context${way}) IN {${name}: Array(String)}`).join(' OR ')})`,
  );
}

/** A time in microseconds, within what the column holds. */
export function heldMicros(iso: string): bigint {
  const micros = microsOfIso(iso);
  const min = microsOfIso(eventLimits.eventDateTimeMin);
  const max = microsOfIso(eventLimits.eventDateTimeMax) + 1_000n;
  return micros < min ? min : micros > max ? max : micros;
}
