import { describe } from 'vitest';
import { checkControls } from './checkControls.js';
import { captureControls } from './controls/capture.js';

describe('a safeguard of capture', () => {
  checkControls(captureControls);
});
