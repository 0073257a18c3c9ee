import { messageOf, WaybillError } from '../../waybillError.js';
import { ProblemError } from '../problemError.js';
import { role, type Session } from '../schema/session.js';
import { FailureLimit } from './failureLimit.js';
import { clientAddress, isForwarded, isLoopbackAddress, type RequestInfo } from './requestOrigin.js';
import { Users, type DashboardCredentials, type DashboardUser } from './users.js';

/** Lets a host application say who asks: undefined lets nobody in. When it throws, nobody is let in either. */
export type Authorize = (
  request: Request,
  info: RequestInfo,
) => DashboardUser | undefined | Promise<DashboardUser | undefined>;

export interface AccessOptions {
  readonly users?: readonly DashboardCredentials[] | undefined;
  readonly authorize?: Authorize | undefined;
  readonly trustProxy: boolean;
}

export interface SignedIn {
  readonly user: DashboardUser;
  readonly access: Session['access'];
}

/** @throws {ProblemError} UNAUTHENTICATED, RATE_LIMITED */
export type Authenticate = (request: Request, info: RequestInfo) => Promise<SignedIn>;

/**
 * Chooses how users are let in: by the application's own `authorize`; by users with passwords or tokens; or, with neither,
 * whoever is on this machine, as operator.
 * @throws {WaybillError} INVALID_OPTION
 */
export function authenticator({ users = [], authorize, trustProxy }: AccessOptions): Authenticate {
  if (authorize !== undefined && users.length > 0) {
    throw new WaybillError(
      'INVALID_OPTION',
      'The dashboard takes either authorize or users, not both. Nothing was started. Leave one of them out.',
    );
  }
  if (authorize !== undefined) return byApplication(authorize);
  if (users.length > 0) return byCredentials(new Users(users), trustProxy);
  return byLoopback;
}

const byLoopback: Authenticate = (request, { remoteAddress }) => {
  // Through a proxy on this machine everybody would come from it.
  if (isLoopbackAddress(remoteAddress) && !isForwarded(request))
    return Promise.resolve({ user: { name: 'local', role: 'operator' }, access: 'loopback' });
  throw new ProblemError('UNAUTHENTICATED', {
    detail: 'Without credentials the dashboard is there for requests from this machine alone.',
    advice: 'Set DASHBOARD_USERS, or the option users or authorize.',
  });
};

function byApplication(authorize: Authorize): Authenticate {
  return async (request, info) => {
    const user = await authorize(request, info);
    if (user === undefined) {
      throw new ProblemError('UNAUTHENTICATED', {
        detail: 'The application does not let this request in.',
        advice: 'Sign in to the application first.',
      });
    }
    if (!role.safeParse(user.role).success || typeof user.name !== 'string' || user.name === '')
      throw new Error(
        `authorize returned no name, or role ${messageOf(user.role)}; allowed: viewer or operator`,
      );
    return { user: { name: user.name, role: user.role }, access: 'authorize' };
  };
}

const windowMs = 300_000;
const keysMax = 10_000;
const failuresOfAddressMax = 20;
/** More, so that nobody is kept out by others who try the name; still no more than some 29,000 guesses a day. */
const failuresOfNameMax = 100;

function byCredentials(users: Users, trustProxy: boolean): Authenticate {
  const ofAddress = new FailureLimit({ failuresMax: failuresOfAddressMax, windowMs, keysMax });
  const ofName = new FailureLimit({ failuresMax: failuresOfNameMax, windowMs, keysMax });
  return (request, info) => {
    const given = credentialsOf(request);
    if (given === undefined) throw unauthenticated('No credentials were given.');
    const address = clientAddress(request, info, trustProxy);
    const waitMs = Math.max(ofAddress.waitMs(address), ofName.waitMs(given.name));
    if (waitMs > 0) throw limited(waitMs);
    const user =
      given.scheme === 'basic' ? users.withPassword(given.name, given.secret) : users.withToken(given.secret);
    if (user === undefined) {
      ofAddress.fail(address);
      ofName.fail(given.name);
      throw unauthenticated('The name, the password or the token is wrong.');
    }
    return Promise.resolve({ user, access: 'credentials' });
  };
}

interface GivenCredentials {
  readonly scheme: 'basic' | 'bearer';
  /** Empty for a token, which names nobody. */
  readonly name: string;
  readonly secret: string;
}

const authorizationCharsMax = 1_024;

function credentialsOf(request: Request): GivenCredentials | undefined {
  const header = request.headers.get('authorization') ?? '';
  const [, scheme, value] = /^(basic|bearer) +(\S+)$/i.exec(header.slice(0, authorizationCharsMax)) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', name: '', secret: value };
  const text = Buffer.from(value, 'base64').toString();
  const colon = text.indexOf(':');
  return { scheme: 'basic', name: text.slice(0, Math.max(0, colon)), secret: text.slice(colon + 1) };
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError('UNAUTHENTICATED', {
    detail,
    advice: 'Sign in with a name and a password, or send Authorization: Bearer with a token.',
    headers: { 'www-authenticate': 'Basic realm="Waybill", charset="UTF-8"' },
  });
}

function limited(waitMs: number): ProblemError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new ProblemError('RATE_LIMITED', {
    detail: `Wrong credentials came too often from this address or for this name.`,
    advice: `Try again in ${seconds.toLocaleString('en')} s.`,
    headers: { 'retry-after': String(seconds) },
  });
}
