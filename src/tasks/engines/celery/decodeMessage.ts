import { messageBytesMax, type RawMessage, type Refusal } from './broker.js';
import { parseJson } from './parseJson.js';
import { pythonTimeMs } from './pythonTime.js';

/** A task message of Celery's protocol 2. */
export interface TaskMessage {
  readonly id: string;
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Not to be run before this time, in epoch milliseconds. */
  readonly etaMs: number | undefined;
  /** Not to be run after this time, in epoch milliseconds. */
  readonly expiresMs: number | undefined;
  readonly ignoreResult: boolean;
  readonly groupId: string | undefined;
  readonly parentId: string | undefined;
  readonly replyTo: string | undefined;
  readonly correlationId: string;
  /** What is to follow the task by the sender's wish: names out of `callbacks`, `errbacks`, `chain` and `chord`. */
  readonly followUps: readonly string[];
}

/** Ids are UUIDs, names of tasks are dotted paths. */
const textBytesMax = 255;

/**
 * Reads a message of Celery's protocol 2: what it is about in the headers; `[args, kwargs, embed]` in the body, as JSON.
 * Nothing but JSON is read: unpickling would run whatever code the sender likes.
 * @see https://docs.celeryq.dev/en/stable/internals/protocol.html
 */
export function decodeMessage(raw: RawMessage): TaskMessage | Refusal {
  const { headers, body } = raw;
  const { task, id, eta, expires, compression } = headers;
  if (body.length > messageBytesMax)
    return { refused: `its body has ${String(body.length)} bytes, more than ${String(messageBytesMax)}` };
  if (task === undefined) {
    return {
      refused: 'it has no header "task"; messages of protocol 2 have (Celery 4 and newer, by default)',
    };
  }
  if (!isText(task)) return { refused: 'its header "task" is no name' };
  if (!isText(id)) return { refused: 'its header "id" is no task id' };
  if (raw.contentType !== 'application/json')
    return { refused: 'its serializer is not json (task_serializer), which is all that is read' };
  if (compression !== undefined && compression !== null)
    return { refused: 'its body is compressed (task_compression), which is not read' };
  if (!isUtf8(raw.contentEncoding)) return { refused: 'its content encoding is not utf-8' };

  const content = parseJson(body);
  if (content === undefined) return { refused: 'its body is not JSON' };
  if (!Array.isArray(content) || content.length !== 3)
    return { refused: 'its body is not [args, kwargs, embed]' };
  const [args, kwargs, embed] = content as readonly unknown[];
  if (!Array.isArray(args)) return { refused: 'its args are no list' };
  if (!isRecord(kwargs)) return { refused: 'its kwargs are no mapping' };

  const etaMs = pythonTimeMs(eta);
  const expiresMs = pythonTimeMs(expires);
  if (etaMs === 'unreadable') return { refused: 'its header "eta" is no time' };
  if (expiresMs === 'unreadable') return { refused: 'its header "expires" is no time' };
  return {
    id,
    task,
    args: args as readonly unknown[],
    kwargs,
    etaMs,
    expiresMs,
    ignoreResult: headers['ignore_result'] === true,
    groupId: textOf(headers['group']),
    parentId: textOf(headers['parent_id']),
    replyTo: textOf(raw.replyTo),
    correlationId: textOf(raw.correlationId) ?? id,
    followUps: isRecord(embed)
      ? ['callbacks', 'errbacks', 'chain', 'chord'].filter((name) => !isEmpty(embed[name]))
      : [],
  };
}

function isUtf8(encoding: unknown): boolean {
  if (encoding === undefined || encoding === null) return true;
  return typeof encoding === 'string' && ['utf-8', 'utf8', 'us-ascii'].includes(encoding.toLowerCase());
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= textBytesMax;
}

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
