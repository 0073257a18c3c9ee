import { describe, expect, it } from 'vitest';
import { plotSvg } from './plot.js';

describe('a plot', () => {
  it('of bars says what it shows, in which unit, and each value, on a background of its own', () => {
    const svg = plotSvg({
      kind: 'bars',
      file: 'x.svg',
      title: 'Draining',
      unit: 'records per second',
      logarithmic: true,
      categories: ['1,000 a batch'],
      series: [
        { name: 'Waybill', values: [213_000] },
        { name: 'other', values: [null] },
      ],
    });
    for (const text of ['Draining', 'records per second', '1,000 a batch', 'Waybill', '213k'])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg).toMatch(/<rect[^>]*fill="#ffffff"/);
    expect(svg).toContain('#0072b2');
  });

  it('of lines names both units', () => {
    const svg = plotSvg({
      kind: 'lines',
      file: 'x.svg',
      title: 'Soak',
      unit: 'MB',
      xUnit: 'minutes',
      series: [
        {
          name: 'Waybill',
          points: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
    });
    for (const text of ['Soak', 'MB', 'minutes']) expect(svg).toContain(`>${text}</text>`);
  });
});
