import type { EventLogService, RunOptions } from '../delivery/eventLogService.js';
import type { RunReport } from '../delivery/runReport.js';
import { assertPostgresMigrated } from '../migration/migrate.js';
import type { Logger } from '../observe/logger.js';
import { ensurePartitions } from '../outbox/ensurePartitions.js';
import type { Outbox } from '../outbox/database.js';

export interface ProcessEventsContext {
  readonly outbox: Outbox;
  readonly service: EventLogService;
  readonly logger: Logger;
  readonly eventPartitionSize: number;
}

/**
 * Task `process_events`: one run of the EventLogService. It also makes partitions ahead, which a busy application may
 * need sooner than the cleaning comes.
 *
 * It looks first whether a newer version has migrated the outbox since this process started.
 * @throws {WaybillError} `SCHEMA_TOO_NEW`, `NOT_MIGRATED`, `MIGRATION_CHANGED`; nothing was sent then
 */
export async function processEvents(
  context: ProcessEventsContext,
  options: RunOptions = {},
): Promise<RunReport> {
  await assertPostgresMigrated(context.outbox);
  const report = await context.service.run(options);
  if (report.endedBecause !== 'failed') {
    await ensurePartitions(context.outbox, context.eventPartitionSize).catch((error: unknown) => {
      // Events go to the DEFAULT partition meanwhile; the next run or cleaning tries again.
      context.logger.warn({ err: error }, 'partitions could not be made ahead');
    });
  }
  return report;
}
