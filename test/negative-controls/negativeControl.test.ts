import { describe, expect, it } from 'vitest';
import { applyEdit, type Edit } from './copyOfTheCode.js';
import type { Finding } from './finding.js';
import { judge } from './negativeControl.js';

const nothing: Finding = {
  lost: 0,
  doubled: 0,
  phantom: 0,
  undelivered: 0,
  quarantined: 0,
  attempts: 1,
  replaced: 0,
};

describe('a negative control', () => {
  it.each<[string, keyof Finding, Finding, Finding]>([
    ['nothing is lost without the safeguard', 'lost', nothing, nothing],
    ['something else happens than it says', 'lost', nothing, { ...nothing, doubled: 3 }],
    ['it says that more is sent, and as much is sent', 'attempts', nothing, nothing],
    [
      'it says that more is sent, and something is lost',
      'attempts',
      nothing,
      { ...nothing, lost: 1, attempts: 2 },
    ],
  ])('fails where %s', (_what, expected, unaltered, altered) => {
    expect(judge(expected, unaltered, altered)).toBe('unnoticed');
  });

  it('fails where something is wrong with the safeguard on', () => {
    const damaged = { ...nothing, undelivered: 1 };
    expect(judge('lost', damaged, { ...nothing, lost: 1 })).toBe('unaltered not clean');
  });

  it('passes where the safeguard alone makes the difference', () => {
    expect(judge('lost', nothing, { ...nothing, lost: 1 })).toBe('noticed');
    expect(judge('attempts', nothing, { ...nothing, attempts: 2 })).toBe('noticed');
  });
});

describe('an edit', () => {
  const edit: Edit = { file: 'src/some.ts', text: 'if (held)', replacement: 'if (true)' };

  it('replaces the one place that it names', () => {
    expect(applyEdit('a; if (held) b;', edit)).toBe('a; if (true) b;');
    expect(applyEdit('one two', { ...edit, text: /(one) (two)/, replacement: '$2 $1' })).toBe('two one');
  });

  it.each(['a; b;', 'if (held) a; if (held) b;'])(
    'is refused where the safeguard has moved: %s',
    (source) => {
      expect(() => applyEdit(source, edit)).toThrow(/The safeguard has moved: src\/some\.ts/);
    },
  );
});
