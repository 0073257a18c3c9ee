import { describe } from 'vitest';
import { checkControls } from './checkControls.js';
import { refusalControls } from './controls/refusals.js';

describe('a safeguard of refusals', () => {
  checkControls(refusalControls);
});
