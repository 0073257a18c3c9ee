import { expect, it } from 'vitest';
import { WaybillError } from '../waybillError.js';
import { exitCodeOfError } from './exitCodes.js';

it.each(['INVALID_OPTIONS', 'ENGINE_NOT_INSTALLED', 'EMBEDDED_MISSING'])('%s is wrong use', (code) => {
  expect(exitCodeOfError(new WaybillError(code, 'It is missing.'))).toBe(2);
});
