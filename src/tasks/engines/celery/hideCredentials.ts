import { hidePassword } from '../../../config/options.js';
import { messageOf } from '../../../waybillError.js';
import { unquote } from './celeryUrl.js';

/**
 * Makes of an error one that may be logged: the libraries' own may hold a password in their text, or the arguments of
 * the AUTH command that failed in a property of its own, which a logger writes out as well.
 * @param urls whose passwords are not to be seen
 */
export function credentialHider(urls: readonly string[]): (error: unknown) => Error {
  const secrets = urls.flatMap(secretsOf).sort((one, other) => other.secret.length - one.secret.length);
  const hide = (text: string): string =>
    secrets.reduce((shown, { secret, instead }) => shown.replaceAll(secret, instead), text);
  return (error) => {
    const { name, stack, code }: ErrorWithCode = error instanceof Error ? error : new Error();
    const safe: ErrorWithCode = new Error(hide(messageOf(error)));
    safe.name = name;
    if (error instanceof Error && stack !== undefined) safe.stack = hide(stack);
    if (typeof code === 'string') safe.code = code;
    return safe;
  };
}

interface ErrorWithCode extends Error {
  code?: unknown;
}

interface Secret {
  readonly secret: string;
  readonly instead: string;
}

function secretsOf(text: string): Secret[] {
  const url = new URL(text);
  const parameters = [...url.searchParams].filter(([name]) => /password|secret|token/i.test(name));
  const passwords = [url.password, unquote(url.password), ...parameters.map(([, value]) => value)];
  return [
    { secret: text, instead: hidePassword(text) },
    ...passwords.filter((secret) => secret !== '').map((secret) => ({ secret, instead: '***' })),
  ];
}
