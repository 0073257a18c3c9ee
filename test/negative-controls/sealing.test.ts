import { describe } from 'vitest';
import { checkControls } from './checkControls.js';
import { sealingControls } from './controls/sealing.js';

describe('a safeguard of sealing', () => {
  checkControls(sealingControls);
});
