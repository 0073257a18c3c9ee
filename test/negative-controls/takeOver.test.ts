import { describe } from 'vitest';
import { checkControls } from './checkControls.js';
import { takeOverControls } from './controls/takeOver.js';

describe('a safeguard of batches that change hands', () => {
  checkControls(takeOverControls);
});
