import { describe } from 'vitest';
import { checkControls } from './checkControls.js';
import { tokenControls } from './controls/tokens.js';

describe('a safeguard of tokens and counts', () => {
  checkControls(tokenControls);
});
