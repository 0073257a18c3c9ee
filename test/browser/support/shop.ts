import { captureEvents } from '../../../src/capture/captureEvents.js';
import { serveDashboard, type ServeOptions } from '../../../src/dashboard/serveDashboard.js';
import type { LogEvent } from '../../../src/event/logEvent.js';
import { createWorker } from '../../../src/tasks/worker.js';
import { inClickHouse } from '../../support/clickhouse.js';
import { createDatabases, type TestDatabases, type TestDatabasesOptions } from '../../support/databases.js';
import { waitUntil } from '../../support/waitUntil.js';

/** Texts that would do harm as markup, and such as run from right to left. */
export const hostileTexts = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)</script>',
  "'; DROP TABLE event; --",
  '{{constructor.constructor("alert(3)")()}}',
  'javascript:alert(4)',
  'طلب جديد ١٢٣',
  '\u202Eevil\u202C',
  '👩🏽‍🚀🇩🇪 emoji',
];

/** An application's databases with a dashboard: what a test of the pages looks at. */
export interface Shop {
  readonly databases: TestDatabases;
  readonly url: string;
  /** Commits events, and returns their ids. */
  capture(events: readonly LogEvent[]): Promise<string[]>;
  /** Starts a worker that delivers within a second. */
  startWorker(): Promise<void>;
  /** Starts a producer that commits a few events several times a second. */
  startTraffic(): void;
  /** Waits until ClickHouse holds all that was committed, but for what it refuses. */
  delivered(): Promise<void>;
  /** Waits until a run that delivered something is in the record. */
  runFinished(): Promise<void>;
  close(): Promise<void>;
}

export interface ShopOptions extends TestDatabasesOptions {
  readonly dashboard?: ServeOptions;
}

const trafficEveryMs = 150;

/** ClickHouse refuses events whose type begins with `bad`, so that there is a quarantine. */
export async function openShop({ dashboard = {}, ...options }: ShopOptions = {}): Promise<Shop> {
  const databases = await createDatabases(options);
  const direct = options.clickhouseUrl === undefined;
  if (direct) {
    await inClickHouse(
      databases,
      `ALTER TABLE DB.event_log ADD CONSTRAINT no_bad CHECK event_type NOT LIKE 'bad%'`,
    );
  }
  const given = {
    ...databases.given,
    logEventsPartitionQuantity: 100,
    logSendingFrequencyInMinutes: 0.01,
    logEventsMaxWaitInMinutes: 0.005,
  };
  const served = await serveDashboard({ ...given, port: 0, ...dashboard });
  const stops: (() => Promise<void>)[] = [];
  let number = 0;

  const capture = async (events: readonly LogEvent[]): Promise<string[]> => {
    const client = await databases.pool.connect();
    try {
      await client.query('BEGIN');
      const ids = await captureEvents(client, events);
      await client.query('COMMIT');
      return ids;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };

  return {
    databases,
    url: served.url.replace(/\/$/, ''),
    capture,
    async startWorker() {
      const worker = createWorker(given);
      stops.push(() => worker.stop());
      await worker.start();
    },
    startTraffic() {
      let last: Promise<unknown> = Promise.resolve();
      const timer = setInterval(() => {
        const events = Array.from({ length: 7 }, () => orderEvent((number += 1)));
        last = capture(events);
      }, trafficEveryMs);
      stops.unshift(async () => {
        clearInterval(timer);
        await last;
      });
    },
    async delivered() {
      await waitUntil('everything is delivered', async () => {
        const { rows } = await databases.pool.query<{ oldest: Date | null }>(
          'SELECT oldest_undelivered_at AS oldest FROM waybill.delivery_watch',
        );
        return rows[0]?.oldest === null;
      });
    },
    async runFinished() {
      await waitUntil('a run has delivered something', async () => {
        const { rows } = await databases.pool.query(
          'SELECT FROM waybill.run WHERE events_delivered > 0 AND finished_at IS NOT NULL LIMIT 1',
        );
        return rows.length > 0;
      });
    },
    async close() {
      for (const stop of stops) await stop();
      await served.stop();
      await databases.drop();
    },
  };
}

export function orderEvent(number: number): LogEvent {
  return {
    eventType: number % 3 === 0 ? 'order_paid' : 'order_placed',
    subject: `order:${String(number)}`,
    environment: 'production',
    traceparent: `00-${number.toString(16).padStart(32, '0')}-b7ad6b7169203331-01`,
    eventContext: {
      orderId: number,
      customer: { id: `c-${String(number % 10)}` },
      items: [{ sku: 'A-7', quantity: 2 }],
    },
  };
}
