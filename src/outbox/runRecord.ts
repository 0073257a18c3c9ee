import { isoText } from './isoText.js';

/** A run as a person looks at it, with all its figures. */
export interface RunRecord {
  readonly id: string;
  readonly worker: string;
  readonly startedAt: string;
  /** Null while it goes on, and for ever when its worker died. */
  readonly finishedAt: string | null;
  readonly endedBecause: string | null;
  readonly durationMs: number | null;
  readonly batchesSealed: number;
  readonly batchesDelivered: number;
  readonly batchesSplit: number;
  readonly attemptsSucceeded: number;
  readonly attemptsFailed: number;
  readonly claimsLost: number;
  readonly eventsDelivered: number;
  readonly eventsQuarantined: number;
  readonly bytesDelivered: number;
  readonly errorCode: string | null;
  readonly errorText: string | null;
}

export const runRecordColumns = `
  run.id, run.worker, ${isoText('run.started_at')} AS "startedAt", ${isoText('run.finished_at')} AS "finishedAt",
  run.ended_because AS "endedBecause", run.duration_ms::double precision AS "durationMs",
  run.batches_sealed AS "batchesSealed", run.batches_delivered AS "batchesDelivered", run.batches_split AS "batchesSplit",
  run.attempts_succeeded AS "attemptsSucceeded", run.attempts_failed AS "attemptsFailed", run.claims_lost AS "claimsLost",
  run.events_delivered::double precision AS "eventsDelivered",
  run.events_quarantined::double precision AS "eventsQuarantined",
  run.bytes_delivered::double precision AS "bytesDelivered", run.error_code AS "errorCode", run.error_text AS "errorText"`;
