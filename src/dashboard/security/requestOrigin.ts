import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ProblemError } from '../problemError.js';

/** What is known of a request besides the request itself. */
export interface RequestInfo {
  /** Of the connection. */
  readonly remoteAddress?: string | undefined;
  /** The path at which a framework has mounted the dashboard and which it has taken off the request's. */
  readonly mountPath?: string | undefined;
  /** The request of Node, with whatever the application has put there, such as `session` or `user`. */
  readonly incoming?: IncomingMessage | undefined;
}

const forwardedNames = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-prefix',
];

/** The request has come through a proxy that says so. */
export function isForwarded(request: Request): boolean {
  return forwardedNames.some((name) => request.headers.has(name));
}

/** A proxy adds at the end, and whoever sent the request may have written anything before it. */
export function lastForwarded(request: Request, name: string): string | undefined {
  const last = request.headers.get(name)?.split(',').at(-1)?.trim();
  return last === undefined || last === '' ? undefined : last;
}

/** The address of whoever asks, as far as it can be known. */
export function clientAddress(request: Request, info: RequestInfo, trustProxy: boolean): string {
  return (
    (trustProxy ? lastForwarded(request, 'x-forwarded-for') : undefined) ?? info.remoteAddress ?? 'unknown'
  );
}

/** The host that the request names, with its port where there is one, in small letters. */
export function requestedHost(request: Request, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastForwarded(request, 'x-forwarded-host') : undefined;
  return (forwarded ?? request.headers.get('host') ?? new URL(request.url).host).toLowerCase();
}

export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || isLoopbackAddress(hostname.replace(/^\[(.*)\]$/, '$1'));
}

/**
 * Refuses a host that the dashboard does not answer for. A page of another site can have its own name lead to this machine
 * and would then count as the same site: its requests name that host.
 * @throws {ProblemError} HOST_UNKNOWN
 */
export function checkHost(host: string, allowed: readonly string[]): void {
  const name = hostnameOf(host);
  if (name !== undefined && (isLoopbackName(name) || allowed.includes(name) || allowed.includes(host)))
    return;
  throw new ProblemError('HOST_UNKNOWN', {
    detail: `This dashboard does not answer for host ${JSON.stringify(host)}.`,
    advice: 'Add the name under which it is reached to DASHBOARD_HOSTS, or to the option hosts.',
  });
}

function hostnameOf(host: string): string | undefined {
  return URL.canParse(`http://${host}`) && !/[/?#@\s]/.test(host)
    ? new URL(`http://${host}`).hostname
    : undefined;
}

/**
 * Refuses what a page of another site has a browser send with the credentials of this one: anything that such a browser
 * says comes from elsewhere, but for following a link. Programs say nothing of the kind and are let in.
 * @throws {ProblemError} CROSS_SITE
 */
export function checkSameOrigin(request: Request, host: string): void {
  const site = request.headers.get('sec-fetch-site');
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const isNavigation = request.headers.get('sec-fetch-mode') === 'navigate';
  const isForeign = site !== null && site !== 'same-origin' && site !== 'none';
  if (isForeign && !(isReading && isNavigation)) throw crossSite(`a page of another site (${site})`);
  if (!isReading && site === 'none') throw crossSite('no page at all');
  const origin = request.headers.get('origin');
  if (origin === null || isReading) return;
  if (!URL.canParse(origin) || new URL(origin).host !== hostOfOrigin(host, origin)) throw crossSite(origin);
}

/** The host as a URL of the origin's scheme has it: without the port that goes without saying. */
function hostOfOrigin(host: string, origin: string): string {
  const url = `${new URL(origin).protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : host;
}

function crossSite(from: string): ProblemError {
  return new ProblemError('CROSS_SITE', {
    detail: `The request comes from ${from}. Nothing was changed.`,
    advice:
      'Use the dashboard itself. Behind a proxy that gives requests another host, pass the host on, or set trustProxy and ' +
      'send X-Forwarded-Host.',
  });
}
