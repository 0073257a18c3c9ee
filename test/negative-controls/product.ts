/**
 * What a scenario uses of the product. This file is copied along with `src/`, so that a copy exports what is typed here,
 * out of its own altered code.
 */
export { captureEvents } from '../../src/capture/captureEvents.js';
export { pgTransactions } from '../../src/capture/pgTransactions.js';
export { UseCase } from '../../src/capture/useCase.js';
export { systemClock } from '../../src/delivery/clock.js';
export { EventLogService } from '../../src/delivery/eventLogService.js';
export { deliveryPorts } from '../../src/delivery/ports.js';
export { closeEventLog, openEventLog } from '../../src/eventlog/client.js';
export { insertBatch } from '../../src/eventlog/insertBatch.js';
export { migrateClickHouse } from '../../src/migration/clickhouseMigrations.js';
export { migrate } from '../../src/migration/migrate.js';
export { claimBatch } from '../../src/outbox/claimBatch.js';
export { closeOutbox, openOutbox } from '../../src/outbox/database.js';
export { readBatch } from '../../src/outbox/readBatch.js';
export { cleanEventsOutbox } from '../../src/tasks/cleanEventsOutbox.js';
