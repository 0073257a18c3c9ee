import { expect, it } from 'vitest';
import { parseSettings } from './parseSettings.js';

it('reads what was kept, and falls back where that is nothing or nonsense', () => {
  const defaults = { density: 'dense', times: 'relative' };
  expect(parseSettings('{"density":"roomy","times":"utc"}')).toEqual({ density: 'roomy', times: 'utc' });
  for (const text of [null, '', 'null', '[]', '{"density":"huge","times":7}', '{']) {
    expect(parseSettings(text)).toEqual(defaults);
  }
});
