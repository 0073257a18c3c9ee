import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { hidePassword } from '../../../config/options.js';
import { WaybillError } from '../../../waybillError.js';

/** Where a URL of Celery leads, read as kombu reads it. */
export interface CeleryUrl {
  readonly transport: 'redis' | 'amqp';
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Redis: the number of its database. RabbitMQ: the virtual host. */
  readonly path: string;
  /** Undefined for a connection without TLS. */
  readonly tls: TlsSettings | undefined;
  /** For logs: without the password. */
  readonly shown: string;
}

export interface TlsSettings {
  readonly rejectUnauthorized: boolean;
  readonly checkHostname: boolean;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

interface Scheme {
  readonly transport: 'redis' | 'amqp';
  readonly tls: boolean;
  readonly port: number;
}

const schemes: Readonly<Record<string, Scheme>> = {
  'redis:': { transport: 'redis', tls: false, port: 6379 },
  'rediss:': { transport: 'redis', tls: true, port: 6379 },
  'amqp:': { transport: 'amqp', tls: false, port: 5672 },
  'pyamqp:': { transport: 'amqp', tls: false, port: 5672 },
  'amqps:': { transport: 'amqp', tls: true, port: 5671 },
};

/**
 * Reads `redis://`, `rediss://`, `amqp://`, `pyamqp://` and `amqps://`, with what Celery's URLs say of TLS:
 * `ssl_cert_reqs` (`none` asks for no valid certificate), `ssl_check_hostname`, `ssl_ca_certs`, `ssl_certfile`,
 * `ssl_keyfile`.
 * @throws {WaybillError} `INVALID_OPTIONS`; the text shows no password
 */
export function parseCeleryUrl(variable: string, text: string): CeleryUrl {
  const url = new URL(text);
  const scheme = schemes[url.protocol];
  if (scheme === undefined) throw notUsable(variable, `its scheme ${url.protocol} is not known here`);
  const { transport } = scheme;
  const path = unquote(url.pathname.replace(/^\//, ''));
  if (transport === 'redis' && !/^\d*$/.test(path))
    throw notUsable(variable, 'its path is not the number of a Redis database, such as /0');
  const isGuest = transport === 'amqp' && url.username === '' && url.password === '';
  return {
    transport,
    host: unquote(url.hostname).replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? scheme.port : Number(url.port),
    username: isGuest ? 'guest' : unquote(url.username) || undefined,
    password: isGuest ? 'guest' : unquote(url.password) || undefined,
    path: path || (transport === 'redis' ? '0' : '/'),
    tls: scheme.tls ? tlsOf(variable, url.searchParams) : undefined,
    shown: hidePassword(text),
  };
}

function tlsOf(variable: string, query: URLSearchParams): TlsSettings {
  const required = (query.get('ssl_cert_reqs') ?? 'required').toLowerCase().replace(/^cert_/, '');
  if (!['none', 'optional', 'required'].includes(required))
    throw notUsable(variable, 'its ssl_cert_reqs is not one of none, optional, required');
  return {
    rejectUnauthorized: required !== 'none',
    checkHostname: !/^(false|no|0)$/i.test(query.get('ssl_check_hostname') ?? ''),
    caFile: query.get('ssl_ca_certs') ?? undefined,
    certFile: query.get('ssl_certfile') ?? undefined,
    keyFile: query.get('ssl_keyfile') ?? undefined,
  };
}

type TlsOptions = Pick<
  ConnectionOptions,
  'rejectUnauthorized' | 'checkServerIdentity' | 'ca' | 'cert' | 'key'
>;

/** What `node:tls` takes, with the files as they are now. */
export async function tlsOptions(tls: TlsSettings): Promise<TlsOptions> {
  const { rejectUnauthorized, checkHostname, caFile, certFile, keyFile } = tls;
  return {
    rejectUnauthorized,
    ...(checkHostname ? {} : { checkServerIdentity: () => undefined }),
    ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
    ...(certFile === undefined ? {} : { cert: await readFile(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readFile(keyFile) }),
  };
}

/** As Python's `unquote`: what is no escape stays as it is. */
export function unquote(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function notUsable(variable: string, why: string): WaybillError {
  return new WaybillError('INVALID_OPTIONS', `${variable} is not usable: ${why}. Nothing was started.`);
}
