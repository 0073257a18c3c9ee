/** Which events a person looks for. What is given must all hold. Both databases are asked for the same. */
export interface EventFilter {
  /** Event time, ISO 8601 in UTC: at or after `from`, before `to`. */
  readonly from: string;
  readonly to: string;
  readonly types?: readonly string[] | undefined;
  readonly environments?: readonly string[] | undefined;
  readonly subject?: SubjectFilter | undefined;
  /** Occurs in the text of the context, in whatever case of letters. */
  readonly text?: string | undefined;
  readonly keys?: readonly KeyFilter[] | undefined;
  /** 32 hexadecimal digits. */
  readonly traceId?: string | undefined;
  readonly batchId?: string | undefined;
}

export interface SubjectFilter {
  readonly text: string;
  /** `text` is how it begins, and not the whole. */
  readonly isPrefix: boolean;
}

/** A value in the JSON of the context. */
export interface KeyFilter {
  /** Keys of objects, and places in arrays from 0. */
  readonly path: readonly string[];
  /** The text of a string, or a number, `true`, `false` or `null`. */
  readonly value: string;
}

/** Where a page of events begins: after this event, in the order of event time and event id, newest first. */
export interface EventPosition {
  readonly eventDateTime: string;
  readonly eventId: string;
}

/** The texts that stand for a filter's value: `1.50` is written as `1.5`. */
export function valueTexts(value: string): string[] {
  const isNumber = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value);
  return isNumber ? [...new Set([value, String(Number(value))])] : [value];
}

/**
 * How a text stands within the text of a JSON value: as JSON writes it within a string, and as it is, for one that is a
 * piece of JSON itself, such as `"status":"paid"`.
 */
export function textsInJson(text: string): string[] {
  const written = JSON.stringify(text).slice(1, -1);
  return text.includes('\0') ? [written] : [...new Set([written, text])]; // no database takes a NUL
}

/** What a filter says about the content of an event. */
type ContentFilter = Pick<EventFilter, 'subject' | 'text' | 'keys'>;

/** Whether an event that has been changed since a database chose it still has what was looked for. */
export function contentMatches(
  event: { readonly subject: string | null; readonly eventContext: string },
  { subject, text, keys = [] }: ContentFilter,
): boolean {
  if (subject !== undefined && !subjectMatches(event.subject, subject)) return false;
  const contextText = event.eventContext;
  if (text !== undefined && !occurs(text, contextText)) return false;
  if (keys.length === 0) return true;
  const context = JSON.parse(contextText) as unknown;
  return keys.every(({ path, value }) => {
    const found = textAt(context, path);
    return found !== undefined && valueTexts(value).includes(found);
  });
}

function occurs(text: string, contextText: string): boolean {
  const searched = contextText.toLowerCase();
  return textsInJson(text).some((each) => searched.includes(each.toLowerCase()));
}

function subjectMatches(subject: string | null, { text, isPrefix }: SubjectFilter): boolean {
  return subject !== null && (isPrefix ? subject.startsWith(text) : subject === text);
}

function textAt(context: unknown, path: readonly string[]): string | undefined {
  let found = context;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return typeof found === 'object' && found !== null ? JSON.stringify(found) : String(found);
}
