import { onlyRow, type Outbox } from './database.js';

/** What sealing relies on. */
export interface SealingSetup {
  readonly functionExists: boolean;
  /** The sequence of `event.id`, quoted, with its schema. */
  readonly sequence: string | undefined;
  /** CACHE of that sequence: ids that a session draws ahead. Sealing needs 1. */
  readonly sequenceCache: number | undefined;
  /** The newest id drawn; 0 when there is none. */
  readonly lastId: number;
  /** Stretches of ids that are missing among the sealed ones. Each costs sealing a look-up. */
  readonly holes: number;
}

/** Reads how the outbox seals. Needs the tables of the schema. */
export async function readSealingSetup(outbox: Outbox): Promise<SealingSetup> {
  const { schema } = outbox;
  const row = onlyRow(
    await outbox.query<SetupRow>(
      `SELECT to_regprocedure($2) IS NOT NULL AS function_exists,
              pg_get_serial_sequence($1, 'id') AS sequence,
              (SELECT seqcache FROM pg_sequence
               WHERE seqrelid = pg_get_serial_sequence($1, 'id')::regclass) AS sequence_cache,
              coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0) AS last_id,
              (SELECT count(*)
               FROM ${schema}.seal_cursor
               CROSS JOIN LATERAL unnest(${schema}.seal_holes(sealed_below, sealed_above))) AS holes`,
      [`${schema}.event`, `${schema}.seal_batch(integer,boolean)`],
    ),
  );
  return {
    functionExists: row.function_exists,
    sequence: row.sequence ?? undefined,
    sequenceCache: row.sequence_cache === null ? undefined : Number(row.sequence_cache),
    lastId: Number(row.last_id),
    holes: Number(row.holes),
  };
}

interface SetupRow {
  readonly function_exists: boolean;
  readonly sequence: string | null;
  readonly sequence_cache: string | null;
  readonly last_id: string;
  readonly holes: string;
}
