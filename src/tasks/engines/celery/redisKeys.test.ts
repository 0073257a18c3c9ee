import { expect, it } from 'vitest';
import { queueLists } from './redisKeys.js';

it('names the lists of a queue as kombu does, the most urgent first', () => {
  expect(queueLists('waybill')).toEqual([
    'waybill',
    'waybill\u0006\u00163',
    'waybill\u0006\u00166',
    'waybill\u0006\u00169',
  ]);
});
