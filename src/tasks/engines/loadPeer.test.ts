import { expect, it } from 'vitest';
import { loadPeer } from './loadPeer.js';

const need = { package: 'amqplib', neededFor: 'TASK_ENGINE is celery' };

it('gives the library that is there', async () => {
  expect(await loadPeer(() => Promise.resolve('library'), need)).toBe('library');
});

it('says what to install when it is not there', async () => {
  const missing = (): Promise<unknown> => import(['a-library', 'that-is-not-there'].join('-'));
  const error: unknown = await loadPeer(missing, need).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 'ENGINE_NOT_INSTALLED' });
  expect(String(error)).toMatch(/TASK_ENGINE is celery[\s\S]*npm install amqplib/);
});

it('tells what else went wrong as it is', async () => {
  const broken = new Error('a broken library');
  await expect(loadPeer(() => Promise.reject(broken), need)).rejects.toBe(broken);
});
