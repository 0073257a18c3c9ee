/**
 * What a process that delivers imports: the worker, the service it runs, and the migrations.
 * @module waybill/worker
 */
export { InvalidOptionsError, type GivenOptions, type WaybillOptions } from './config/options.js';
export type { EventLogService, RunOptions } from './delivery/eventLogService.js';
export type { RunEnd, RunReport } from './delivery/runReport.js';
export type { Logger } from './observe/logger.js';
export type { CleanReport } from './tasks/cleanEventsOutbox.js';
export { migrateDatabases } from './migration/migrateDatabases.js';
export type { MigrationReport } from './migration/migrate.js';
export { openEventLogService, type Delivery, type DeliveryOptions } from './tasks/openDelivery.js';
export { createWorker, type Worker } from './tasks/worker.js';
export { WaybillError } from './waybillError.js';
