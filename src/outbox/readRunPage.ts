import type { Outbox } from './database.js';
import { runRecordColumns, type RunRecord } from './runRecord.js';

export interface RunFilter {
  /** ISO 8601. */
  readonly startedFrom?: string | undefined;
  readonly startedBefore?: string | undefined;
  readonly endedBecause?: readonly string[] | undefined;
  /** Only those that delivered, failed, met an error or go on; or only those that had nothing to do. */
  readonly busy?: boolean | undefined;
}

export interface RunPosition {
  readonly startedAt: string;
  readonly id: string;
}

export interface RunPageRequest {
  /** Default: all. */
  readonly filter?: RunFilter;
  readonly after?: RunPosition | undefined;
  readonly limit: number;
}

/** A page of runs, newest first, by the key of the last one of the page before. */
export async function readRunPage(
  outbox: Outbox,
  { filter = {}, after, limit }: RunPageRequest,
): Promise<RunRecord[]> {
  const { rows } = await outbox.query<RunRecord>(
    `SELECT ${runRecordColumns}
     FROM ${outbox.schema}.run
     WHERE ($1::timestamptz IS NULL OR run.started_at >= $1::timestamptz)
       AND ($2::timestamptz IS NULL OR run.started_at < $2::timestamptz)
       AND ($3::text[] IS NULL OR run.ended_because = ANY ($3::text[]))
       AND ($4::boolean IS NULL OR $4 = (
         run.events_delivered > 0 OR run.attempts_failed > 0 OR run.error_code IS NOT NULL OR run.finished_at IS NULL
         OR run.events_quarantined > 0
       ))
       AND ($5::timestamptz IS NULL
            OR run.started_at <= $5::timestamptz AND (run.started_at, run.id) < ($5::timestamptz, $6::uuid))
     ORDER BY run.started_at DESC, run.id DESC
     LIMIT $7`,
    [
      filter.startedFrom ?? null,
      filter.startedBefore ?? null,
      filter.endedBecause ?? null,
      filter.busy ?? null,
      after?.startedAt ?? null,
      after?.id ?? null,
      limit,
    ],
  );
  return rows;
}
