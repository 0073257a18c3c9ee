import { inClickHouse } from './clickhouse.js';
import type { TestDatabases } from './databases.js';

export interface FillEventLogOptions {
  readonly count: number;
  /** The time of the newest. */
  readonly end: Date;
  /** How far back the oldest is. */
  readonly days: number;
  readonly typeCount: number;
  readonly perBatch: number;
}

/** Each statement is answered before the client gives it up. */
const perStatement = 2_000_000;

/**
 * Puts events into ClickHouse as if they had been delivered long ago, much faster than delivering them. Number 0 is the newest;
 * number n has the subject `order:n`, `orderId` n in its JSON, n as its trace id, and the ids below.
 */
export async function fillEventLog(
  databases: TestDatabases,
  { count, end, days, typeCount, perBatch }: FillEventLogOptions,
): Promise<void> {
  const microsApart = Math.floor((days * 86_400_000_000) / count);
  for (let first = 0; first < count; first += perStatement) {
    await inClickHouse(
      databases,
      `INSERT INTO DB.event_log
       (event_id, event_type, event_date_time, environment, event_context, metadata_version, subject, traceparent, batch_id)
     SELECT toUUID(concat('01890a5d-ac96-774b-8000-', leftPad(lower(hex(number)), 12, '0'))),
            concat('type_', toString(number % ${String(typeCount)})),
            fromUnixTimestamp64Micro(${String(end.getTime() * 1_000)} - toInt64(number) * ${String(microsApart)}),
            if(number % 10 = 0, 'staging', 'production'),
            concat('{"orderId":', toString(number), ',"customer":{"id":"c-', toString(number % 100000),
                   '"},"total":', toString(number % 977), '.5,"items":[{"sku":"A-7","quantity":2},{"sku":"B-',
                   toString(number % 13), '","quantity":1}]}'),
            1, concat('order:', toString(number)),
            concat('00-', leftPad(lower(hex(number)), 32, '0'), '-b7ad6b7169203331-01'),
            toUUID(concat('01890a5d-ac96-774b-9000-', leftPad(lower(hex(intDiv(number, ${String(perBatch)}))), 12, '0')))
     FROM numbers(${String(first)}, ${String(Math.min(perStatement, count - first))})`,
    );
  }
}

export function filledEventId(number: number): string {
  return `01890a5d-ac96-774b-8000-${number.toString(16).padStart(12, '0')}`;
}

export function filledBatchId(number: number): string {
  return `01890a5d-ac96-774b-9000-${number.toString(16).padStart(12, '0')}`;
}
