import { describe, expect, it, onTestFinished } from 'vitest';
import { closeEventLog, openEventLog } from '../../src/eventlog/client.js';
import { EventLogService } from '../../src/delivery/eventLogService.js';
import { deliveryPorts } from '../../src/delivery/ports.js';
import { inClickHouse } from '../support/clickhouse.js';
import {
  expectExactlyOnce,
  readAttempts,
  readBatches,
  seedEvents,
  testDatabases,
} from '../support/outbox.js';

interface Mistake {
  readonly spoil: readonly string[];
  readonly mend: readonly string[];
  /** What the report says. */
  readonly code: string;
  readonly says: RegExp;
}

const columns = `event_id UUID, event_type String, event_date_time DateTime64(6, 'UTC'), environment String,
  event_context String, metadata_version UInt32, subject Nullable(String), traceparent Nullable(String), batch_id UUID`;

const mistakes: [string, Mistake][] = [
  [
    'is missing',
    {
      spoil: ['RENAME TABLE DB.event_log TO DB.moved'],
      mend: ['RENAME TABLE DB.moved TO DB.event_log'],
      code: 'TABLE_MISSING',
      says: /no table .*event_log.*Nothing was sent\. Run: waybill migrate/,
    },
  ],
  [
    'lacks a column',
    {
      spoil: ['ALTER TABLE DB.event_log RENAME COLUMN subject TO whom'],
      mend: ['ALTER TABLE DB.event_log RENAME COLUMN whom TO subject'],
      code: '16 NO_SUCH_COLUMN_IN_TABLE',
      says: /subject/,
    },
  ],
  [
    'is a MergeTree that does not remember tokens',
    {
      spoil: ['ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 0'],
      mend: ['ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 10000'],
      code: 'TABLE_WOULD_DOUBLE',
      says: /Nothing was sent\. Run: ALTER TABLE .*event_log` MODIFY SETTING non_replicated_deduplication_window/,
    },
  ],
  [
    'was made by hand as a MergeTree without the setting',
    {
      spoil: [
        'RENAME TABLE DB.event_log TO DB.moved',
        `CREATE TABLE DB.event_log (${columns}) ENGINE = MergeTree ORDER BY event_id`,
      ],
      mend: ['ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 10000'],
      code: 'TABLE_WOULD_DOUBLE',
      says: /does not remember/,
    },
  ],
  [
    'is of an engine that stores everything twice',
    {
      spoil: [
        'RENAME TABLE DB.event_log TO DB.moved',
        `CREATE TABLE DB.event_log (${columns}) ENGINE = Memory`,
      ],
      mend: ['DROP TABLE DB.event_log', 'RENAME TABLE DB.moved TO DB.event_log'],
      code: 'TABLE_WOULD_DOUBLE',
      says: /engine Memory.*MergeTree family/,
    },
  ],
];

describe('a table of the event log that', () => {
  it.each(mistakes)(
    '%s ends the run at once, says what to do, and delivers when mended',
    async (_name, mistake) => {
      const databases = await testDatabases();
      const committed = await seedEvents(databases, 200);
      await inClickHouse(databases, ...mistake.spoil);

      const report = await databases.service({ failedSendingRetries: 5, concurrency: 1 }).run();
      expect(report).toMatchObject({
        endedBecause: 'misconfigured',
        batchesDelivered: 0,
        attemptsFailed: 1,
        error: { code: mistake.code, text: expect.stringMatching(mistake.says) as unknown },
      });
      expect(await readBatches(databases)).toMatchObject([
        { status: 'AWAITING_DELIVERY', claimed_by: null, last_error_code: mistake.code },
      ]);
      expect(await readAttempts(databases)).toMatchObject([
        { outcome: 'misconfigured', error_code: mistake.code },
      ]);

      await inClickHouse(databases, ...mistake.mend);
      expect(await databases.service().run()).toMatchObject({
        endedBecause: 'drained',
        eventsDelivered: 200,
      });
      await expectExactlyOnce(databases, committed);
    },
  );
});

describe('a user of ClickHouse', () => {
  it('with a wrong password ends the run at once, and the right one delivers', async () => {
    const databases = await testDatabases();
    const committed = await seedEvents(databases, 200);
    const url = new URL(databases.clickhouseUrl);
    url.username = 'default';
    url.password = 'wrong';
    const eventLog = openEventLog({
      clickhouseUrl: url.href,
      database: databases.clickhouseDatabase,
      table: 'event_log',
      timeoutMs: 30_000,
      connectionsMax: 2,
    });
    onTestFinished(() => closeEventLog(eventLog));
    const service = new EventLogService(deliveryPorts(databases.outbox, eventLog), {
      partitionQuantity: 100,
      failedSendingRetries: 5,
      concurrency: 1,
      claimLeaseMs: 60_000,
    });
    const report = await service.run();
    expect(report).toMatchObject({ endedBecause: 'misconfigured', attemptsFailed: 1 });
    expect(report.error?.code).toMatch(/^(516 AUTHENTICATION_FAILED|193 WRONG_PASSWORD|194 )/);
    expect(await readBatches(databases)).toMatchObject([{ status: 'AWAITING_DELIVERY' }]);

    await databases.service().run();
    await expectExactlyOnce(databases, committed);
  });
});
