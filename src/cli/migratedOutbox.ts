import { assertPostgresMigrated } from '../migration/migrate.js';
import { closeOutbox, openOutbox, type Outbox } from '../outbox/database.js';
import { commandContext, type GlobalFlags } from './context.js';

/**
 * Runs the work of a command that asks Postgres only: opens the outbox, makes sure that it is migrated, and closes it.
 * @throws {InvalidOptionsError} and {WaybillError} `NOT_MIGRATED`
 */
export async function withMigratedOutbox<Result>(
  flags: GlobalFlags,
  work: (outbox: Outbox) => Promise<Result>,
): Promise<Result> {
  const { options } = commandContext(flags, ['databaseUrl']);
  const outbox = openOutbox({
    databaseUrl: options.databaseUrl ?? '',
    schema: options.schema,
    connectionsMax: 1,
  });
  try {
    await assertPostgresMigrated(outbox);
    return await work(outbox);
  } finally {
    await closeOutbox(outbox);
  }
}
