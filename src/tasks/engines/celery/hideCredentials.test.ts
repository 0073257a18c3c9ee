import { describe, expect, it } from 'vitest';
import { credentialHider } from './hideCredentials.js';

const url = 'redis://app:s3cret%2Fword@cache:6379/0';
const hide = credentialHider([url, 'rpc://', 'rediss://cache?password=other-one']);

/** As a logger writes it: every property, also those that are not enumerable. */
function written(error: Error): string {
  return JSON.stringify(
    Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)])),
  );
}

describe('an error of a library', () => {
  it('is kept, without passwords in its text, its stack and its properties', () => {
    const error = Object.assign(new Error(`AUTH s3cret/word, s3cret%2Fword and other-one failed at ${url}`), {
      code: 'EAUTH',
      command: { name: 'auth', args: ['app', 's3cret/word'] },
      cause: new Error('s3cret/word'),
    });
    const safe = hide(error);
    expect(safe.message).toBe('AUTH ***, *** and *** failed at redis://app:***@cache:6379/0');
    expect(safe).toMatchObject({ name: 'Error', code: 'EAUTH' });
    expect(safe.stack).toContain('hideCredentials.test');
    expect(written(safe)).not.toMatch(/s3cret|other-one/);
  });

  it('may have many errors, or be none', () => {
    const refused = new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('s3cret/word')], '');
    expect(hide(refused).message).toBe('connect ECONNREFUSED ::1; ***');
    expect(hide('s3cret/word').message).toBe('***');
    expect(hide(undefined).message).toBe('undefined');
  });
});
