import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { WaybillError } from '../waybillError.js';

/** One numbered SQL file of sql/. Never edited once released. */
export interface Migration {
  readonly number: number;
  /** File name without its ending, for example `0001_outbox`. */
  readonly name: string;
  /** An older Waybill must not run against a database that has it. Said by a first line of `-- breaking`. */
  readonly breaking: boolean;
  /** The file as it is, with its placeholders. */
  readonly text: string;
  /** SHA-256 of the text. */
  readonly checksum: string;
}

/** A migration as the database recorded it. */
export type AppliedMigration = Pick<Migration, 'number' | 'name' | 'breaking' | 'checksum'>;

const directory = new URL('../../sql/', import.meta.url);
const fileName = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** The migrations of one database, in order. */
export function readMigrations(database: 'postgres' | 'clickhouse'): Migration[] {
  const folder = new URL(`${database}/`, directory);
  return readdirSync(folder)
    .filter((file) => fileName.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      return {
        number: Number(file.slice(0, 4)),
        name: file.slice(0, -'.sql'.length),
        breaking: /^-- breaking\b/.test(text),
        text,
        checksum: createHash('sha256').update(text).digest('hex'),
      };
    });
}

/** Puts names into placeholders: `:"schema"` becomes what `names` holds under that very text. */
export function fillPlaceholders(text: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce(
    (filled, [placeholder, name]) => filled.replaceAll(placeholder, () => name),
    text,
  );
}

/**
 * The migrations that a database still lacks.
 * @throws {WaybillError} `SCHEMA_TOO_NEW` when a newer Waybill has changed the database in a way that breaks this one;
 *   `MIGRATION_CHANGED` when a recorded migration is not the one of this release
 */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
  databaseName: string,
): Migration[] {
  const newestKnown = Math.max(0, ...known.map((migration) => migration.number));
  const tooNew = applied.find((migration) => migration.number > newestKnown && migration.breaking);
  if (tooNew !== undefined) {
    throw new WaybillError(
      'SCHEMA_TOO_NEW',
      `${databaseName} has migration ${tooNew.name}, which this version of Waybill does not know and cannot work with. ` +
        'Nothing was changed. Install the newer version, the one that made it, everywhere.',
    );
  }
  for (const migration of known) {
    const recorded = applied.find(({ number }) => number === migration.number);
    if (recorded === undefined || recorded.checksum === migration.checksum) continue;
    throw new WaybillError(
      'MIGRATION_CHANGED',
      `${databaseName} has recorded migration ${recorded.name} with another content than this version's ${migration.name}. ` +
        'Nothing was changed. Was a file under sql/ edited, or is this another Waybill schema?',
    );
  }
  return known.filter((migration) => !applied.some(({ number }) => number === migration.number));
}
