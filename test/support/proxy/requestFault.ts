import type { BodyPart } from './requestBody.js';

/** What a request asks of ClickHouse: one of the product's queries, or something else. */
export type RequestKind =
  'insert' | 'count' | 'settings' | 'tableCheck' | 'endInserts' | 'delete' | 'otherRequest';

/** What goes wrong with one request on its way through the proxy. */
export type RequestFault =
  /** Passes on so much of the body, then resets both sides. */
  | { readonly kind: 'reset'; readonly afterBodyBytes: BodyPart }
  /** Passes on so much of the body, then closes the way to the server, and lets its answer through. */
  | { readonly kind: 'halfClose'; readonly afterBodyBytes: BodyPart }
  /** Passes on so much of the body, then nothing more of it until it is released. */
  | { readonly kind: 'stall'; readonly afterBodyBytes: BodyPart; readonly releaseAfterMs?: number }
  /** Passes on all of it, waits until the server answers, and resets the client instead of telling it. */
  | { readonly kind: 'dropAnswer' }
  /** Passes on so many bytes of the server's answer, then resets or closes. */
  | { readonly kind: 'cutAnswer'; readonly afterBytes: number; readonly by: 'reset' | 'close' }
  /** Passes on all of it, and keeps the server's answer back until it is released. */
  | { readonly kind: 'stallAnswer'; readonly releaseAfterMs?: number }
  /** Answers by itself, as a gateway does. */
  | AnswerFault
  /** Waits before it passes on each piece. */
  | { readonly kind: 'slow'; readonly delayMsPerChunk: number };

export interface AnswerFault {
  readonly kind: 'answer';
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `asked`: the server has the request and has answered it. Default: it sees nothing of it. */
  readonly server?: 'asked';
  /** An answer in the middle of the request, for a server that is not asked. Default: once all of it has come. */
  readonly afterBodyBytes?: BodyPart;
}

/** Recognises the product's queries: an insert by its URL, the others by the text in their body. */
export function requestKindOf(text: string): RequestKind {
  if (/^POST \S*[?&]query=INSERT/.test(text)) return 'insert';
  if (text.includes('KILL QUERY')) return 'endInserts';
  if (text.includes('system.settings')) return 'settings';
  if (text.includes('system.tables')) return 'tableCheck';
  if (text.includes('ALTER TABLE') && text.includes('DELETE WHERE')) return 'delete';
  if (text.includes('SELECT count()')) return 'count';
  return 'otherRequest';
}
