import { randomUUID } from 'node:crypto';
import { messageBytesMax, type RawMessage, type Refusal } from './broker.js';
import { parseJson } from './parseJson.js';

/** A body in base64, and as much again for the headers and properties around it. */
const envelopeBytesMax = 2 * Math.ceil((messageBytesMax * 4) / 3);

/** Reads an entry of a queue of kombu in Redis: JSON with the body, its type and encoding, headers and properties. */
export function readEnvelope(entry: Buffer): RawMessage | Refusal {
  if (entry.length > envelopeBytesMax)
    return { refused: `it has ${String(entry.length)} bytes, more than ${String(envelopeBytesMax)}` };
  const envelope = parseJson(entry);
  if (!isRecord(envelope)) return { refused: 'it is no message of kombu' };
  const { body, headers, properties } = envelope;
  if (typeof body !== 'string' || !isRecord(headers) || !isRecord(properties))
    return { refused: 'it is no message of kombu' };
  const { body_encoding: bodyEncoding } = properties;
  if (bodyEncoding !== 'base64' && bodyEncoding !== undefined && bodyEncoding !== null)
    return { refused: 'its body is not in base64' };
  return {
    body: Buffer.from(body, bodyEncoding === 'base64' ? 'base64' : 'utf8'),
    contentType: envelope['content-type'],
    contentEncoding: envelope['content-encoding'],
    headers,
    replyTo: properties['reply_to'],
    correlationId: properties['correlation_id'],
  };
}

/** An entry as kombu writes it, with a result of `rpc://` as its body. */
export function writeEnvelope(queue: string, correlationId: string, body: string): string {
  return JSON.stringify({
    body: Buffer.from(body).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: {},
    properties: {
      correlation_id: correlationId,
      delivery_mode: 1,
      delivery_info: { exchange: '', routing_key: queue },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
    },
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
