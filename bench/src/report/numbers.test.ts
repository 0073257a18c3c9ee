import { describe, expect, it } from 'vitest';
import { cellText } from './numbers.js';

describe('a cell', () => {
  it.each([
    [213_456.7, '213,457'],
    [99.96, '100'],
    [17.64, '17.6'],
    [1.2, '1.20'],
    [0.012345, '0.0123'],
    [0.00000123, '0.00000123'],
    [3, '3'],
    [0, '0'],
    [-1.449, '-1.45'],
    ['Waybill', 'Waybill'],
    [null, '–'],
  ])('of %s is shown as %s', (value, text) => {
    expect(cellText(value)).toBe(text);
  });
});
