import { describe, expect, it } from 'vitest';
import { fillPlaceholders, pendingMigrations, readMigrations, type Migration } from './migrations.js';

function migration(number: number, change: Partial<Migration> = {}): Migration {
  const name = `${String(number).padStart(4, '0')}_step`;
  return { number, name, breaking: false, text: '', checksum: `checksum ${String(number)}`, ...change };
}

const known = [migration(1), migration(2), migration(3)];
const numbers = (migrations: readonly Migration[]): number[] => migrations.map(({ number }) => number);

describe('the migrations that a database lacks', () => {
  it('are all where none was applied, the rest where some were, and none where all were', () => {
    expect(numbers(pendingMigrations(known, [], 'Postgres'))).toEqual([1, 2, 3]);
    expect(numbers(pendingMigrations(known, known.slice(0, 2), 'Postgres'))).toEqual([3]);
    expect(pendingMigrations(known, known, 'Postgres')).toEqual([]);
  });

  it('include one that was left out before later ones', () => {
    expect(numbers(pendingMigrations(known, [migration(1), migration(3)], 'Postgres'))).toEqual([2]);
  });

  it('are not told of a database with a newer migration that breaks this version', () => {
    const applied = [...known, migration(4), migration(5, { breaking: true })];
    expect(() => pendingMigrations(known, applied, 'Postgres')).toThrow(
      expect.objectContaining({ code: 'SCHEMA_TOO_NEW' }),
    );
    expect(() => pendingMigrations(known, applied, 'Postgres')).toThrow('Postgres has migration 0005_step');
  });

  it('are told of a database with newer migrations that break nothing', () => {
    expect(pendingMigrations(known, [...known, migration(4)], 'Postgres')).toEqual([]);
  });

  it('are told where a breaking migration is one that this version knows', () => {
    const breaking = [migration(1, { breaking: true })];
    expect(pendingMigrations(breaking, breaking, 'Postgres')).toEqual([]);
  });

  it('are not told of a database whose record differs from the files', () => {
    const applied = [migration(1), migration(2, { checksum: 'another' })];
    expect(() => pendingMigrations(known, applied, 'ClickHouse')).toThrow(
      expect.objectContaining({ code: 'MIGRATION_CHANGED' }),
    );
    expect(() => pendingMigrations(known, applied, 'ClickHouse')).toThrow(
      'ClickHouse has recorded migration 0002_step',
    );
  });
});

describe.each(['postgres', 'clickhouse'] as const)('the migrations of %s', (database) => {
  it('are numbered from 1 without a gap, and each has a checksum of its own', () => {
    const migrations = readMigrations(database);
    expect(migrations.length).toBeGreaterThan(0);
    expect(numbers(migrations)).toEqual(migrations.map((_, index) => index + 1));
    expect(new Set(migrations.map(({ checksum }) => checksum)).size).toBe(migrations.length);
    for (const { name, number } of migrations)
      expect(name.startsWith(String(number).padStart(4, '0'))).toBe(true);
  });
});

describe('placeholders', () => {
  it('are filled wherever they stand', () => {
    expect(fillPlaceholders(':"schema".a :"schema".b', { ':"schema"': '"w"' })).toBe('"w".a "w".b');
  });

  it('are filled with a name as it is, even one that replacing would read as a pattern', () => {
    expect(fillPlaceholders('x :"schema" y', { ':"schema"': `"$& $1 $$ $'"` })).toBe(`x "$& $1 $$ $'" y`);
  });
});
