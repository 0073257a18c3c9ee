import { describe } from 'vitest';
import { checkControls } from './checkControls.js';
import { sendingControls } from './controls/sending.js';

describe('a safeguard of sending', () => {
  checkControls(sendingControls);
});
