import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { eventLogRow, type EventLogRow } from '../ledger/eventKey.js';

/** A reader of ClickHouse, over HTTP as any other would be. */
export type EventLogReader = ClickHouseClient;

export interface DeliveredCounts {
  readonly events: number;
  readonly batches: number;
}

const counts = z.array(z.object({ events: z.coerce.number(), batches: z.coerce.number() }));
const placedOrders = z.array(z.object({ order_id: z.coerce.number() }));

export function openEventLogReader(url: string): EventLogReader {
  return createClient({ url, max_open_connections: 4 });
}

export async function countDelivered(reader: EventLogReader): Promise<DeliveredCounts> {
  const result = await reader.query({
    query: 'SELECT count() AS events, uniqExact(batch_id) AS batches FROM event_log',
    format: 'JSONEachRow',
  });
  const [row] = counts.parse(await result.json());
  return row ?? { events: 0, batches: 0 };
}

/** Which of these orders' `order_placed` can be queried. */
export async function findPlacedOrders(
  reader: EventLogReader,
  orderIds: readonly number[],
): Promise<number[]> {
  const result = await reader.query({
    query: `SELECT toUInt32(substring(assumeNotNull(subject), 7)) AS order_id FROM event_log
            WHERE event_type = 'order_placed' AND subject IN {subjects: Array(String)}`,
    query_params: { subjects: orderIds.map((orderId) => `order:${String(orderId)}`) },
    format: 'JSONEachRow',
  });
  return placedOrders.parse(await result.json()).map((row) => row.order_id);
}

/** Every row, as a stream. */
export async function* readEventLog(reader: EventLogReader): AsyncGenerator<EventLogRow, void> {
  const result = await reader.query({
    query: 'SELECT event_type, subject, event_context FROM event_log',
    format: 'JSONEachRow',
  });
  for await (const rows of result.stream()) {
    for (const row of rows) yield eventLogRow.parse(row.json());
  }
}
