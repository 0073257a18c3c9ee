import {
  batchRecordColumns,
  errorCharsInListMax,
  type BatchRecord,
  type BatchStatus,
} from './batchRecord.js';
import type { Outbox } from './database.js';
import { findSeqAt } from './findSeqAt.js';

export type BatchSort = 'newest' | 'oldest' | 'attempts' | 'events';

/** Which batches. What is given must all hold. Times are ISO 8601. */
export interface BatchFilter {
  readonly statuses?: readonly BatchStatus[] | undefined;
  readonly sealedFrom?: string | undefined;
  readonly sealedBefore?: string | undefined;
  /** Only those that have an error, or only those that have none. */
  readonly failed?: boolean | undefined;
  /** As it is kept, or its number, or its name alone. */
  readonly errorCode?: string | undefined;
}

/** The batch after which a page begins: its seq, and what it is sorted by where that is not its seq. */
export interface BatchPosition {
  readonly seq: string;
  readonly value?: number | undefined;
}

export interface BatchPageRequest {
  readonly filter: BatchFilter;
  readonly sort: BatchSort;
  readonly after?: BatchPosition | undefined;
  readonly limit: number;
}

/** Of the batches that match, those by which the two sorts without an index choose: the newest. */
const sortedMax = 100_000;

/** A page of batches, by the key of the last one of the page before. */
export async function readBatchPage(outbox: Outbox, request: BatchPageRequest): Promise<BatchRecord[]> {
  const { filter, sort, after, limit } = request;
  const { sealedFrom, sealedBefore } = filter;
  const values = [
    filter.statuses ?? null,
    sealedFrom ?? null,
    sealedFrom === undefined ? null : await findSeqAt(outbox, sealedFrom, 'begin'),
    sealedBefore ?? null,
    sealedBefore === undefined ? null : await findSeqAt(outbox, sealedBefore, 'end'),
    filter.failed ?? null,
    filter.errorCode ?? null,
    limit,
    after?.seq ?? null,
  ];
  const pageText = pageTexts[sort](outbox.schema);
  const { rows } =
    sort === 'attempts' || sort === 'events'
      ? await outbox.query<BatchRecord>(pageText, [...values, after?.value ?? null])
      : await outbox.query<BatchRecord>(pageText, values);
  return rows;
}

/** The values of a filter as $1 to $7. */
const filterText = `
  ($1::text[] IS NULL OR batch.status = ANY ($1::text[]))
  AND ($2::timestamptz IS NULL OR batch.sealed_at >= $2::timestamptz)
  AND ($3::bigint IS NULL OR batch.seq >= $3::bigint)
  AND ($4::timestamptz IS NULL OR batch.sealed_at < $4::timestamptz)
  AND ($5::bigint IS NULL OR batch.seq <= $5::bigint)
  AND ($6::boolean IS NULL OR CASE WHEN $6::boolean THEN batch.last_error_code IS NOT NULL ELSE batch.last_error_code IS NULL END)
  AND ($7::text IS NULL
       OR batch.last_error_code IS NOT NULL
          AND ($7 = batch.last_error_code OR $7 = ANY (string_to_array(batch.last_error_code, ' '))))`;

const pageTexts: Readonly<Record<BatchSort, (schema: string) => string>> = {
  newest: (schema) => bySeqText(schema, '<', 'DESC'),
  oldest: (schema) => bySeqText(schema, '>', 'ASC'),
  attempts: (schema) => byValueText(schema, 'attempt_count'),
  events: (schema) => byValueText(schema, 'event_count'),
};

function bySeqText(schema: string, comparison: '<' | '>', direction: 'ASC' | 'DESC'): string {
  return `
    SELECT ${batchRecordColumns(errorCharsInListMax)}
    FROM ${schema}.batch
    WHERE ${filterText} AND ($9::bigint IS NULL OR batch.seq ${comparison} $9::bigint)
    ORDER BY batch.seq ${direction}
    LIMIT $8`;
}

function byValueText(schema: string, column: 'attempt_count' | 'event_count'): string {
  return `
    SELECT ${batchRecordColumns(errorCharsInListMax)}
    FROM (
      SELECT * FROM ${schema}.batch WHERE ${filterText} ORDER BY batch.seq DESC LIMIT ${String(sortedMax)}
    ) AS batch
    WHERE $9::bigint IS NULL OR (batch.${column}, batch.seq) < ($10::bigint, $9::bigint)
    ORDER BY batch.${column} DESC, batch.seq DESC
    LIMIT $8`;
}
