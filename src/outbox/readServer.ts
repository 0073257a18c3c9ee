import { onlyRow, type Outbox } from './database.js';

/** What the Postgres server, and the role of this connection, are like. */
export interface PostgresServer {
  /** For people, such as `18.4`. */
  readonly version: string;
  /** For comparing, such as `180004`. */
  readonly versionNumber: number;
  readonly role: string;
  /** The server's clock, in milliseconds of Unix time. */
  readonly nowMs: number;
  /** It is a standby, or the role's transactions are read-only by default. */
  readonly readOnly: boolean;
  /** `default_transaction_isolation` of the role, such as `read committed`. */
  readonly defaultIsolation: string;
}

/** Asks the server who it is. The first question of all: it needs no right and no table. */
export async function readServer(outbox: Outbox): Promise<PostgresServer> {
  const row = onlyRow(
    await outbox.query<ServerRow>(
      `SELECT current_setting('server_version') AS version,
              current_setting('server_version_num')::integer AS version_number,
              current_user AS role,
              (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now_ms,
              pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS read_only,
              current_setting('default_transaction_isolation') AS default_isolation`,
    ),
  );
  return {
    version: row.version.replace(/ .*/, ''),
    versionNumber: row.version_number,
    role: row.role,
    nowMs: row.now_ms,
    readOnly: row.read_only,
    defaultIsolation: row.default_isolation,
  };
}

/** What the clock of the server shows: claims, due times and ages are by it. */
export async function readServerTime(outbox: Outbox): Promise<Date> {
  return new Date((await readServer(outbox)).nowMs);
}

interface ServerRow {
  readonly version: string;
  readonly version_number: number;
  readonly role: string;
  readonly now_ms: number;
  readonly read_only: boolean;
  readonly default_isolation: string;
}
