import { describe, expect, it } from 'vitest';
import { loadBullmq } from './loadBullmq.js';

const missing = Object.assign(new Error("Cannot find package 'bullmq'"), { code: 'ERR_MODULE_NOT_FOUND' });

describe('loading BullMQ', () => {
  it('finds the installed packages', async () => {
    const { bullmq, Redis } = await loadBullmq();
    expect(bullmq.Worker).toBeTypeOf('function');
    expect(Redis).toBeTypeOf('function');
  });

  it('says what to install where a package is missing', async () => {
    const loading = loadBullmq({
      bullmq: () => Promise.reject(missing),
      ioredis: () => import('ioredis'),
    });
    await expect(loading).rejects.toMatchObject({
      code: 'ENGINE_NOT_INSTALLED',
      message: expect.stringContaining('npm install bullmq ioredis') as string,
      cause: missing,
    });
  });

  it('does not hide another failure of a package that is there', async () => {
    const broken = new SyntaxError('Unexpected token');
    const loading = loadBullmq({ bullmq: () => import('bullmq'), ioredis: () => Promise.reject(broken) });
    await expect(loading).rejects.toBe(broken);
  });
});
