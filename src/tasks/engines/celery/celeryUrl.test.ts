import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseCeleryUrl, tlsOptions } from './celeryUrl.js';

const parse = (url: string): ReturnType<typeof parseCeleryUrl> => parseCeleryUrl('CELERY_BROKER_URL', url);

describe('a URL of Celery', () => {
  it.each([
    [
      'redis://localhost',
      { transport: 'redis', host: 'localhost', port: 6379, path: '0', username: undefined },
    ],
    ['redis://', { transport: 'redis', host: '127.0.0.1', port: 6379, path: '0' }],
    [
      'redis://:s3%2Fcret@cache:7000/4',
      { host: 'cache', port: 7000, path: '4', username: undefined, password: 's3/cret' },
    ],
    ['redis://app:pw@cache', { username: 'app', password: 'pw' }],
    ['redis://[::1]:6380/0', { host: '::1', port: 6380 }],
    [
      'amqp://',
      { transport: 'amqp', host: '127.0.0.1', port: 5672, path: '/', username: 'guest', password: 'guest' },
    ],
    ['amqp://app:pw@mq//', { host: 'mq', path: '/', username: 'app', password: 'pw' }],
    ['amqp://app:pw@mq/orders', { path: 'orders' }],
    [
      'pyamqp://app:pw@mq:5673/orders%2Fnorth',
      { transport: 'amqp', port: 5673, path: 'orders/north', tls: undefined },
    ],
    ['amqps://app:100%@mq', { port: 5671, password: '100%' }],
  ])('%s', (url, parts) => {
    expect(parse(url)).toMatchObject(parts);
  });

  it('is shown without its password', () => {
    expect(parse('redis://app:s3cret@cache/1').shown).toBe('redis://app:***@cache/1');
  });

  it.each([
    ['redis://cache/orders', 'the number of a Redis database'],
    ['rediss://:s3cret@cache?ssl_cert_reqs=perhaps', 'none, optional, required'],
    ['sqs://key:s3cret@queue', 'scheme sqs:'],
  ])('%s is not usable', (url, why) => {
    expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }) as Error);
    expect(() => parse(url)).toThrow(why);
    expect(() => parse(url)).not.toThrow(/s3cret/);
  });
});

describe('TLS', () => {
  it.each([
    ['rediss://cache', true],
    ['rediss://cache?ssl_cert_reqs=required', true],
    ['rediss://cache?ssl_cert_reqs=CERT_REQUIRED', true],
    ['rediss://cache?ssl_cert_reqs=optional', true],
    ['rediss://cache?ssl_cert_reqs=none', false],
    ['amqps://mq?ssl_cert_reqs=CERT_NONE', false],
  ])('%s asks for a valid certificate: %s', async (url, rejectUnauthorized) => {
    const { tls } = parse(url);
    if (tls === undefined) throw new Error('It has no TLS.');
    expect(await tlsOptions(tls)).toEqual({ rejectUnauthorized });
  });

  it('is not there without the s', () => {
    expect(parse('redis://cache?ssl_cert_reqs=none').tls).toBeUndefined();
  });

  it('reads the files named, and need not compare the name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'waybill-tls-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'ca.pem');
    await writeFile(file, 'a certificate');
    const path = encodeURIComponent(file);
    const { tls } = parse(
      `rediss://cache?ssl_ca_certs=${path}&ssl_certfile=${path}&ssl_keyfile=${path}&ssl_check_hostname=False`,
    );
    if (tls === undefined) throw new Error('It has no TLS.');
    const options = await tlsOptions(tls);
    for (const read of [options.ca, options.cert, options.key])
      expect(read).toEqual(Buffer.from('a certificate'));
    expect(options.checkServerIdentity).toBeDefined();
  });
});
