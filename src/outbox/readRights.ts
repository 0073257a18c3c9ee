import { onlyRow, type Outbox } from './database.js';

export interface OutboxRights {
  /** What the role lacks, each as it stands in a GRANT: `SELECT, DELETE ON TABLE "waybill".event`. */
  readonly missing: readonly string[];
  /** The role that owns table `event`; undefined where the outbox was never migrated. */
  readonly owner: string | undefined;
  /** It may act as the owner of table `event`, which making and dropping partitions needs. */
  readonly ownsEvent: boolean;
}

/** What the worker and the commands do to each table, view and sequence. For a sequence GRANT takes ON TABLE as well. */
const neededPrivileges: Readonly<Record<string, readonly string[]>> = {
  event: ['SELECT', 'DELETE'],
  event_id_seq: ['SELECT'], // how far ids have come
  batch: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  attempt: ['SELECT', 'INSERT', 'DELETE'],
  run: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  task: ['SELECT', 'INSERT', 'UPDATE'],
  seal_cursor: ['SELECT', 'UPDATE'],
  operator_action: ['SELECT', 'INSERT'],
  migration: ['SELECT'],
  delivery_watch: ['SELECT'],
  quarantined_event: ['SELECT'],
};

/** What the role of this connection may not do in the outbox. Tables that are not there are left out. */
export async function readRights(outbox: Outbox): Promise<OutboxRights> {
  const needed = Object.entries(neededPrivileges).flatMap(([table, privileges]) =>
    privileges.map((privilege) => ({ table, privilege })),
  );
  const row = onlyRow(
    // By the catalog's names and not as regclass, which wants the right to use the schema.
    await outbox.query<{
      missing: string[];
      uses: boolean | null;
      owner: string | null;
      owns: boolean | null;
    }>(
      `SELECT has_schema_privilege(to_regnamespace($1)::oid, 'USAGE') AS uses,
              ARRAY(
                SELECT string_agg(needed.privilege, ', ' ORDER BY needed.position) ||
                       ' ON TABLE ' || $1 || '.' || needed.name
                FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS needed (name, privilege, position)
                JOIN pg_class ON relname = needed.name AND relnamespace = to_regnamespace($1)
                WHERE NOT has_table_privilege(pg_class.oid, needed.privilege)
                GROUP BY needed.name
                ORDER BY min(needed.position)
              ) AS missing,
              (SELECT pg_get_userbyid(relowner)::text FROM pg_class
               WHERE relname = 'event' AND relnamespace = to_regnamespace($1)) AS owner,
              (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class
               WHERE relname = 'event' AND relnamespace = to_regnamespace($1)) AS owns`,
      [outbox.schema, needed.map(({ table }) => table), needed.map(({ privilege }) => privilege)],
    ),
  );
  return {
    missing: [...(row.uses === false ? [`USAGE ON SCHEMA ${outbox.schema}`] : []), ...row.missing],
    owner: row.owner ?? undefined,
    ownsEvent: row.owns ?? false,
  };
}
