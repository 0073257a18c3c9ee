import type { Outbox } from './database.js';
import { quarantineFilterText, quarantineFilterValues, type QuarantineFilter } from './quarantineFilter.js';
import { quarantineRecordColumns, type QuarantineRecord } from './quarantineRecord.js';

export interface QuarantinePageRequest {
  /** Default: all. */
  readonly filter?: QuarantineFilter;
  /** The seq of the last one of the page before. */
  readonly afterSeq?: string | undefined;
  readonly limit: number;
}

/** A page of quarantined events, oldest first. */
export async function readQuarantinePage(
  outbox: Outbox,
  { filter = {}, afterSeq, limit }: QuarantinePageRequest,
): Promise<QuarantineRecord[]> {
  const { rows } = await outbox.query<QuarantineRecord>(
    `SELECT ${quarantineRecordColumns}
     FROM ${outbox.schema}.quarantined_event AS quarantined
     WHERE ${quarantineFilterText} AND ($4::bigint IS NULL OR seq > $4::bigint)
     ORDER BY seq
     LIMIT $5`,
    [...quarantineFilterValues(filter), afterSeq ?? null, limit],
  );
  return rows;
}
