import { createHash, timingSafeEqual } from 'node:crypto';
import { WaybillError } from '../../waybillError.js';
import type { Role } from '../schema/session.js';

/** Somebody whom a host application has let in. */
export interface DashboardUser {
  /** Shown, and recorded with what the user does. */
  readonly name: string;
  readonly role: Role;
}

/**
 * Somebody who signs in at the dashboard itself: with a name and a password, which a browser asks for, or with a token,
 * for programs: `Authorization: Bearer <token>`. Either has 12 characters at least.
 */
export type DashboardCredentials = DashboardUser &
  (
    | { readonly password: string; readonly token?: undefined }
    | { readonly token: string; readonly password?: undefined }
  );

const secretCharsMin = 12;

/**
 * The users of a dashboard. A secret is compared by its SHA-256, in a time that does not depend on it, with that of every
 * user, whether the name is known or not: so an answer tells neither which names there are nor how much of a secret is
 * right.
 */
export class Users {
  readonly #users: readonly {
    readonly user: DashboardUser;
    readonly digest: Buffer;
    readonly scheme: 'basic' | 'bearer';
  }[];

  /** @throws {WaybillError} INVALID_OPTION */
  constructor(credentials: readonly DashboardCredentials[]) {
    const names = new Set<string>();
    this.#users = credentials.map(({ name, role, password, token }) => {
      const secret = password ?? token;
      const problem = problemOf({ name, role, secret, isKnown: names.has(name) });
      if (problem !== undefined)
        throw new WaybillError(
          'INVALID_OPTION',
          `Dashboard user ${JSON.stringify(name)} ${problem}. Nothing was started.`,
        );
      names.add(name);
      const scheme = password === undefined ? 'bearer' : 'basic';
      return { user: { name, role }, scheme, digest: digestOf(scheme, name, secret) } as const;
    });
  }

  withPassword(name: string, password: string): DashboardUser | undefined {
    return this.#find('basic', (user) =>
      digestOf('basic', user.name === name ? name : `not ${user.name}`, password),
    );
  }

  withToken(token: string): DashboardUser | undefined {
    return this.#find('bearer', (user) => digestOf('bearer', user.name, token));
  }

  #find(wanted: 'basic' | 'bearer', digest: (user: DashboardUser) => Buffer): DashboardUser | undefined {
    let found: DashboardUser | undefined;
    for (const { user, digest: right, scheme } of this.#users) {
      if (timingSafeEqual(digest(user), right) && scheme === wanted) found = user;
    }
    return found;
  }
}

/** The name is part of it, so that a password is right for one user alone. */
function digestOf(scheme: string, name: string, secret: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([scheme, name, secret]))
    .digest();
}

interface UserToCheck {
  readonly name: string;
  readonly role: string;
  /** Of callers without types it may be anything. */
  readonly secret: unknown;
  readonly isKnown: boolean;
}

function problemOf({ name, role, secret, isKnown }: UserToCheck): string | undefined {
  if (!/^[^:\p{Cc}]{1,100}$/u.test(name)) return 'needs a name of 1 to 100 characters without a colon';
  if (isKnown) return 'is there twice';
  if (role !== 'viewer' && role !== 'operator') return 'needs a role: viewer or operator';
  if (typeof secret !== 'string' || secret.length < secretCharsMin)
    return `needs a password or token of ${String(secretCharsMin)} characters or more`;
  return undefined;
}
