import { describe, expect, it } from 'vitest';
import { messageBytesMax, type RawMessage } from './broker.js';
import { decodeMessage } from './decodeMessage.js';

const headers = { lang: 'py', task: 'process_events', id: 'a-b-c', eta: null, expires: null };
const embed = { callbacks: null, errbacks: null, chain: null, chord: null };

function raw(changes: Partial<RawMessage> = {}, body: unknown = [[], {}, embed]): RawMessage {
  return {
    body: Buffer.from(JSON.stringify(body)),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers,
    replyTo: '',
    correlationId: 'a-b-c',
    ...changes,
  };
}

describe('a message of protocol 2', () => {
  it('is read whole', () => {
    const message = decodeMessage(
      raw(
        {
          headers: {
            ...headers,
            eta: '2026-01-02T03:04:05.678901+00:00',
            expires: '2026-01-02T04:04:05+01:00',
            ignore_result: true,
            group: 'g',
            parent_id: 'p',
          },
          replyTo: 'answers',
          correlationId: 'c',
        },
        [[1], { ttl: 5 }, { ...embed, callbacks: [{ task: 'add' }], chord: { task: 'sum' }, errbacks: [] }],
      ),
    );
    expect(message).toEqual({
      id: 'a-b-c',
      task: 'process_events',
      args: [1],
      kwargs: { ttl: 5 },
      etaMs: Date.parse('2026-01-02T03:04:05.678Z'),
      expiresMs: Date.parse('2026-01-02T03:04:05Z'),
      ignoreResult: true,
      groupId: 'g',
      parentId: 'p',
      replyTo: 'answers',
      correlationId: 'c',
      followUps: ['callbacks', 'chord'],
    });
  });

  it('may leave out what need not be there', () => {
    expect(
      decodeMessage(
        raw(
          {
            contentEncoding: undefined,
            replyTo: undefined,
            correlationId: undefined,
            headers: { task: 't', id: 'i' },
          },
          [[], {}, null],
        ),
      ),
    ).toMatchObject({
      etaMs: undefined,
      expiresMs: undefined,
      replyTo: undefined,
      correlationId: 'i',
      followUps: [],
    });
  });
});

describe('what is refused', () => {
  const pickle = { contentType: 'application/x-python-serialize', contentEncoding: 'binary' };
  it.each<[string, RawMessage, RegExp]>([
    ['protocol 1', raw({ headers: {} }), /no header "task"/],
    ['a task that is no name', raw({ headers: { ...headers, task: 5 } }), /header "task"/],
    ['an empty name', raw({ headers: { ...headers, task: '' } }), /header "task"/],
    ['an endless name', raw({ headers: { ...headers, task: 'x'.repeat(256) } }), /header "task"/],
    ['an id that is none', raw({ headers: { ...headers, id: null } }), /header "id"/],
    ['pickle', raw(pickle), /serializer is not json/],
    ['no content type', raw({ contentType: undefined }), /serializer is not json/],
    ['compression', raw({ headers: { ...headers, compression: 'application/x-gzip' } }), /compressed/],
    ['another encoding', raw({ contentEncoding: 'utf-16' }), /utf-8/],
    ['an odd encoding', raw({ contentEncoding: 7 }), /utf-8/],
    ['no JSON', raw({ body: Buffer.from('[[], {}') }), /not JSON/],
    ['bytes', raw({ body: Buffer.from([0, 255, 254]) }), /not JSON/],
    ['an empty body', raw({ body: Buffer.alloc(0) }), /not JSON/],
    ['another shape', raw({}, { args: [] }), /not \[args, kwargs, embed\]/],
    ['two parts', raw({}, [[], {}]), /not \[args, kwargs, embed\]/],
    ['args that are no list', raw({}, [{}, {}, embed]), /args/],
    ['kwargs that are no mapping', raw({}, [[], [], embed]), /kwargs/],
    ['an eta that is no time', raw({ headers: { ...headers, eta: 'soon' } }), /"eta"/],
    ['an expiry that is no time', raw({ headers: { ...headers, expires: 12 } }), /"expires"/],
    ['a large body', raw({ body: Buffer.alloc(messageBytesMax + 1, ' ') }), /bytes, more than/],
  ])('%s', (_what, message, why) => {
    const decoded = decodeMessage(message);
    if (!('refused' in decoded)) throw new Error('It was read.');
    expect(decoded.refused).toMatch(why);
    expect(decoded.refused.length).toBeLessThan(120);
  });

  it('no body that is as large as allowed', () => {
    const body = Buffer.from(JSON.stringify([[], {}, embed]).padEnd(messageBytesMax));
    expect(decodeMessage(raw({ body }))).toHaveProperty('id');
  });
});
