import { describe, expect, it, onTestFinished } from 'vitest';
import { waitUntil } from '../support/waitUntil.js';
import { openCeleryTest } from './support/celeryTest.js';
import { selfSignedCertificate } from './support/certificate.js';
import { freePort } from '../support/freePort.js';
import { startRabbitmq } from './support/rabbitmq.js';
import { startRedis } from './support/redis.js';

interface TlsBroker {
  readonly url: string;
  /** The same broker with TLS; its query is missing. */
  readonly tlsUrl: string;
  readonly certFile: string;
}

async function redisWithTls(): Promise<TlsBroker> {
  const { certFile, keyFile } = await selfSignedCertificate();
  const port = await freePort();
  const redis = await startRedis({
    config: {
      'tls-port': String(port),
      'tls-cert-file': certFile,
      'tls-key-file': keyFile,
      'tls-auth-clients': 'no',
    },
  });
  onTestFinished(() => redis.close());
  return { url: redis.url, tlsUrl: `rediss://localhost:${String(port)}/0`, certFile };
}

async function rabbitmqWithTls(): Promise<TlsBroker> {
  const certificate = await selfSignedCertificate();
  const port = await freePort();
  const rabbitmq = await startRabbitmq({ tls: { port, ...certificate } });
  onTestFinished(() => rabbitmq.close());
  const url = new URL(rabbitmq.url);
  const tlsUrl = `amqps://${url.username}:${url.password}@localhost:${String(port)}//`;
  return { url: rabbitmq.url, tlsUrl, certFile: certificate.certFile };
}

describe.each([
  ['Redis', redisWithTls],
  ['RabbitMQ', rabbitmqWithTls],
])('the celery engine on %s with TLS', (_name, start) => {
  it('refuses a certificate that nobody has signed, unless it is named, or none is asked for', async () => {
    const { url, tlsUrl, certFile } = await start();
    const { open, send } = await openCeleryTest({ url, resultBackend: 'rpc://' });
    const strict = await open('strict', { celeryBrokerUrl: tlsUrl });
    await strict.start();
    await waitUntil('it refuses', () =>
      strict.lines.some(({ fields }) => String(fields['err']).includes('self-signed certificate')),
    );
    await strict.engine.stop();

    for (const query of [`ssl_ca_certs=${encodeURIComponent(certFile)}`, 'ssl_cert_reqs=none']) {
      const scene = await open('worker', { celeryBrokerUrl: `${tlsUrl}?${query}` });
      scene.let();
      await scene.start();
      await send();
      await waitUntil(`it runs with ${query}`, () => scene.runs.length === 1);
      await waitUntil('it is dealt with', () =>
        scene.lines.some(({ message }) => message === 'a message of Celery is dealt with'),
      );
      await scene.engine.stop();
    }
    expect(strict.runs).toEqual([]);
  });
});
