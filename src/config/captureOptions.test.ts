import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveCaptureOptions } from './captureOptions.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the options of capture', () => {
  it('have a default each', () => {
    vi.stubEnv('WAYBILL_SCHEMA', undefined);
    vi.stubEnv('WAYBILL_ENVIRONMENT', undefined);
    vi.stubEnv('NODE_ENV', undefined);
    expect(resolveCaptureOptions()).toEqual({
      schema: 'waybill',
      quotedSchema: '"waybill"',
      environment: 'development',
      contextBytesMax: 262_144,
    });
  });

  it('come from the code first, then from the environment', () => {
    vi.stubEnv('WAYBILL_SCHEMA', 'outbox');
    vi.stubEnv('NODE_ENV', 'staging');
    expect(resolveCaptureOptions()).toMatchObject({ schema: 'outbox', environment: 'staging' });
    vi.stubEnv('WAYBILL_ENVIRONMENT', 'production');
    expect(resolveCaptureOptions()).toMatchObject({ environment: 'production' });
    expect(resolveCaptureOptions({ schema: 'own', environment: 'test' })).toMatchObject({
      schema: 'own',
      environment: 'test',
    });
  });

  it('take an empty variable for one that is not set', () => {
    vi.stubEnv('WAYBILL_SCHEMA', '');
    expect(resolveCaptureOptions().schema).toBe('waybill');
  });

  it.each([0, 1, 1.5, -5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuse a contextBytesMax of %d',
    (value) => {
      expect(() => resolveCaptureOptions({ contextBytesMax: value })).toThrow(
        `contextBytesMax must be a whole number of bytes from 2, not ${String(value)}.`,
      );
    },
  );

  it.each([
    ['schmea', 'did you mean schema?'],
    ['contextBytes', 'did you mean contextBytesMax?'],
    ['x', 'the options are schema, environment, contextBytesMax'],
  ])('refuse the unknown name %s', (name, hint) => {
    expect(() => resolveCaptureOptions({ [name]: 'value' })).toThrow(
      `${name} is not an option of capture (${hint}).`,
    );
  });

  it('are frozen', () => {
    expect(Object.isFrozen(resolveCaptureOptions())).toBe(true);
  });
});
