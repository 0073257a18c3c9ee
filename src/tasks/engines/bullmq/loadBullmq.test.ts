import { describe, expect, it } from 'vitest';
import { loadBullmq, type Loaders } from './loadBullmq.js';

const installed: Loaders = { bullmq: () => import('bullmq'), ioredis: () => import('ioredis') };

describe('loading BullMQ', () => {
  it('finds the installed packages', async () => {
    const { bullmq, Redis } = await loadBullmq();
    expect(bullmq.Worker).toBeTypeOf('function');
    expect(Redis).toBeTypeOf('function');
  });

  it.each(['bullmq', 'ioredis'])('says to install %s where it is missing', async (name) => {
    const missing = Object.assign(new Error(`Cannot find package '${name}'`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const loading = loadBullmq({ ...installed, [name]: () => Promise.reject(missing) });
    await expect(loading).rejects.toMatchObject({
      code: 'ENGINE_NOT_INSTALLED',
      message: expect.stringContaining(`npm install ${name}`) as string,
      cause: missing,
    });
  });

  it('does not hide another failure of a package that is there', async () => {
    const broken = new SyntaxError('Unexpected token');
    const loading = loadBullmq({ ...installed, ioredis: () => Promise.reject(broken) });
    await expect(loading).rejects.toBe(broken);
  });
});
