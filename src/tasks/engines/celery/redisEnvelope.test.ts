import { describe, expect, it } from 'vitest';
import { readEnvelope, writeEnvelope } from './redisEnvelope.js';

const body = '[[], {}, {}]';
const envelope = {
  body: Buffer.from(body).toString('base64'),
  'content-type': 'application/json',
  'content-encoding': 'utf-8',
  headers: { task: 'process_events' },
  properties: { body_encoding: 'base64', reply_to: 'answers', correlation_id: 'c', delivery_tag: 'd' },
};
const read = (value: unknown): ReturnType<typeof readEnvelope> =>
  readEnvelope(Buffer.from(JSON.stringify(value)));

describe('an entry of a queue in Redis', () => {
  it('is read', () => {
    expect(read(envelope)).toEqual({
      body: Buffer.from(body),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: { task: 'process_events' },
      replyTo: 'answers',
      correlationId: 'c',
    });
  });

  it('may hold its body as it is', () => {
    expect(read({ ...envelope, body, properties: {} })).toMatchObject({
      body: Buffer.from(body),
      replyTo: undefined,
    });
  });

  it.each([
    null,
    7,
    [],
    {},
    { ...envelope, body: 5 },
    { ...envelope, headers: null },
    { ...envelope, headers: [] },
    { ...envelope, properties: 'none' },
    { ...envelope, properties: { body_encoding: 'rot13' } },
  ])('is refused when it is %j', (value) => {
    expect(read(value)).toHaveProperty('refused');
  });

  it('is refused when it is no JSON, or very large', () => {
    expect(readEnvelope(Buffer.from([0, 255]))).toEqual({ refused: 'it is no message of kombu' });
    expect(readEnvelope(Buffer.alloc(2_000_000, 'x'))).toMatchObject({
      refused: expect.stringContaining('2000000 bytes') as string,
    });
  });

  it('is written so that it can be read', () => {
    expect(readEnvelope(Buffer.from(writeEnvelope('answers', 'c', '{"status":"SUCCESS"}')))).toMatchObject({
      body: Buffer.from('{"status":"SUCCESS"}'),
      contentType: 'application/json',
      correlationId: 'c',
    });
  });
});
