/**
 * What an application imports to capture events. No driver and no other run-time dependency comes with it.
 * @module waybill
 */
export { captureEvents } from './capture/captureEvents.js';
export { UseCase } from './capture/useCase.js';
export type { CaptureTransaction, Transactions } from './capture/transactions.js';
export type { PgTransaction } from './capture/pgTransactions.js';
export type { CaptureOptions } from './config/captureOptions.js';
export { InvalidEventError } from './event/encodeEvent.js';
export { eventLimits, type LogEvent } from './event/logEvent.js';
export { WaybillError } from './waybillError.js';
