import { describe, expect, it } from 'vitest';
import { oneLine, printable } from './terminal.js';

describe('text from outside', () => {
  it('is shown with its control characters written out, line feeds and tabs apart', () => {
    expect(printable('a\u001b[2Jb\u009bc\0\r\n\td é 👩‍👩')).toBe(
      'a\\u001b[2Jb\\u009bc\\u0000\\u000d\n\td é 👩‍👩',
    );
  });

  it('fits on one line, cut between characters', () => {
    expect(oneLine(' a\n\n  b\tc ')).toBe('a b c');
    expect(oneLine('👩👩👩', 3)).toBe('👩👩👩');
    expect(oneLine('👩👩👩👩', 3)).toBe('👩👩…');
  });
});
