import { assumptions } from './assumptions.js';
import { measuredOn } from './measuredCosts.js';

/** What is wanted. */
export interface CapacityRequest {
  readonly eventsPerSecond: number;
  /** One event as COPY writes it. Default: that of the measurements. */
  readonly bytesPerEvent?: number | undefined;
  /** LOG_EVENTS_PARTITION_QUANTITY. Default: recommended. */
  readonly batchEventsMax?: number | undefined;
  /** The longest that an event may take from its commit to being queryable, in milliseconds. Default 1,000. */
  readonly freshnessMs?: number | undefined;
  /** One round trip between the worker and either database, in milliseconds. Default 1. */
  readonly networkMs?: number | undefined;
  /** Cores of one Postgres server. */
  readonly postgresCores?: number | undefined;
}

/** A request with nothing left open but the size of the batches. */
export interface CapacityDemand {
  readonly eventsPerSecond: number;
  readonly bytesPerEvent: number;
  readonly batchEventsMax: number | undefined;
  readonly freshnessMs: number;
  readonly networkMs: number;
  readonly postgresCores: number;
}

export function completeDemand(request: CapacityRequest): CapacityDemand {
  return {
    eventsPerSecond: request.eventsPerSecond,
    bytesPerEvent: request.bytesPerEvent ?? measuredOn.bytesPerEvent,
    batchEventsMax: request.batchEventsMax,
    freshnessMs: request.freshnessMs ?? 1_000,
    networkMs: request.networkMs ?? 1,
    postgresCores: request.postgresCores ?? assumptions.postgresCores,
  };
}
