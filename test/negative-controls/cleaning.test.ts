import { describe } from 'vitest';
import { checkControls } from './checkControls.js';
import { cleaningControls } from './controls/cleaning.js';

describe('a safeguard of cleaning', () => {
  checkControls(cleaningControls);
});
