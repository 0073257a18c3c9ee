/** A number as it stands in the text: `JSON.parse` would round 12345678901234567890 and turn 1.0 into 1. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Parses JSON and keeps numbers as they are written. Undefined: the text is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text, function (
      this: unknown,
      _key: string,
      value: unknown,
      context?: { source?: string },
    ) {
      return typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value;
    } as (this: unknown, key: string, value: unknown) => unknown) as JsonValue;
  } catch {
    return undefined;
  }
}

export function isObject(value: JsonValue): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  );
}

export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** What a folded value holds: `{3 keys}`, `[12 items]`. */
export function sizeText(value: JsonValue): string {
  if (isList(value)) return `[${String(value.length)} ${value.length === 1 ? 'item' : 'items'}]`;
  if (!isObject(value)) return '';
  const count = Object.keys(value).length;
  return `{${String(count)} ${count === 1 ? 'key' : 'keys'}}`;
}
