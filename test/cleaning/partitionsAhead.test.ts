import { beforeEach, describe, expect, it } from 'vitest';
import { captureEvents } from '../../src/index.js';
import { inTransaction } from '../../src/outbox/database.js';
import { ensurePartitions } from '../../src/outbox/ensurePartitions.js';
import { readPartitions } from '../../src/outbox/readPartitions.js';
import {
  clean,
  end,
  openCapture,
  outboxIds,
  partitionNames,
  partitionSize,
  range,
} from '../support/cleaning.js';
import type { TestDatabases } from '../support/databases.js';
import { expectExactlyOnce, seedEvents, testDatabases } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

let databases: TestDatabases;
beforeEach(async () => {
  databases = await testDatabases({ eventPartitionSize: partitionSize });
});

async function idsInDefault(): Promise<number[]> {
  const { rows } = await databases.pool.query<{ id: string }>(
    'SELECT id FROM waybill.event_default ORDER BY id',
  );
  return rows.map(({ id }) => Number(id));
}

describe('partitions of table event', () => {
  it('are made four ahead of the newest id, and no more', async () => {
    expect(await partitionNames(databases)).toEqual([
      'event_from_0',
      'event_from_100',
      'event_from_200',
      'event_from_300',
    ]);
    await seedEvents(databases, 250);
    expect(await ensurePartitions(databases.outbox, partitionSize)).toEqual([
      'event_from_400',
      'event_from_500',
      'event_from_600',
    ]);
    expect(await ensurePartitions(databases.outbox, partitionSize)).toEqual([]);
    expect(await idsInDefault()).toEqual([]);
  });

  it('are made by several processes at once without an error, and each once', async () => {
    await seedEvents(databases, 290);
    const made = await Promise.all(
      Array.from({ length: 5 }, () => ensurePartitions(databases.outbox, partitionSize)),
    );
    expect(made.flat().sort()).toEqual(range(4, 6).map((hundreds) => `event_from_${String(hundreds)}00`));
  });

  it('may be missing: events past them are captured, delivered and cleaned, and later ones get partitions', async () => {
    const first = await seedEvents(databases, 1_030);
    expect(await idsInDefault()).toEqual(range(400, 1_030));
    await databases.service().run();
    await expectExactlyOnce(databases, first.slice(0, 1_000));

    const report = await clean(databases);
    expect(report.partitions.dropped).toHaveLength(4);
    expect(report.eventsDeleted).toBe(601);
    expect(await outboxIds(databases)).toEqual(range(1_001, 1_030));
    // Beyond what may already lie in the DEFAULT partition.
    expect(report.partitionsMade).toEqual(
      range(12, 14).map((hundreds) => `event_from_${String(hundreds)}00`),
    );

    const second = await seedEvents(databases, 370); // 1,031 to 1,400
    expect(await idsInDefault()).toEqual(range(1_001, 1_199));
    await databases.service().run();
    await expectExactlyOnce(databases, [...first, ...second]);
    const later = await clean(databases);
    expect(later.partitions.dropped).toEqual(['event_from_1200', 'event_from_1300']);
    expect(later.eventsDeleted).toBe(200); // 1,001 to 1,199 of the DEFAULT partition, and 1,400
    expect(await outboxIds(databases)).toEqual([]);
  });

  it('are made while a transaction that writes events stays open', async () => {
    await seedEvents(databases, 250);
    const open = await openCapture(databases);
    expect(await ensurePartitions(databases.outbox, partitionSize)).toHaveLength(3);
    await end(open, 'COMMIT');
  });

  it('wait, without an error, for a transaction that has written past them, and are made afterwards', async () => {
    await seedEvents(databases, 450);
    const open = await openCapture(databases); // into the DEFAULT partition
    expect(await ensurePartitions(databases.outbox, partitionSize)).toEqual([]);
    await seedEvents(databases, 1); // capture goes on meanwhile
    await end(open, 'COMMIT');
    expect(await ensurePartitions(databases.outbox, partitionSize)).toHaveLength(3);
  });
});

describe('a capture that is under way while partitions are made', () => {
  it.each([
    ['has all of them ahead', 250],
    ['runs past the last partition just then', 370],
    ['has run past the last partition', 450],
  ])('succeeds when it %s', async (_when, captured) => {
    await seedEvents(databases, captured);
    const gate = await databases.pool.connect();
    await gate.query('SELECT pg_advisory_lock(1)');
    // Draws an id, waits at the gate, and draws 59 more: a statement knows only the partitions of its beginning.
    const capture = databases.pool.query(
      `INSERT INTO waybill.event (event_id, event_type, event_date_time, environment, event_context)
       SELECT gen_random_uuid(), 'slow', now(), 'test',
              CASE WHEN number = 2 THEN json_build_object('gate', pg_advisory_xact_lock_shared(1)::text) ELSE '{}' END
       FROM generate_series(1, 60) AS number`,
    );
    await waitUntil('the capture is at the gate', async () => {
      const { rowCount } = await databases.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
      );
      return rowCount === 1;
    });
    await ensurePartitions(databases.outbox, partitionSize);
    await gate.query('SELECT pg_advisory_unlock(1)');
    gate.release();

    expect(await capture).toMatchObject({ rowCount: 60 });
    await ensurePartitions(databases.outbox, partitionSize);
    expect(await outboxIds(databases)).toHaveLength(captured + 60);
  });
});

it('a partition that is dropped between two looks at it is not taken for the last one', async () => {
  const client = await databases.pool.connect();
  try {
    // As pg_get_expr answers for a partition that another session drops after the first look: with nothing.
    await client.query(
      `CREATE SCHEMA forgetful;
       CREATE FUNCTION forgetful.pg_get_expr(expression pg_node_tree, relation oid) RETURNS text
       LANGUAGE plpgsql STABLE AS $function$
       DECLARE
         looked text := 'forgetful.looked_' || relation;
       BEGIN
         IF current_setting(looked, true) = 'yes' THEN
           RETURN NULL;
         END IF;
         PERFORM set_config(looked, 'yes', false);
         RETURN pg_catalog.pg_get_expr(expression, relation);
       END
       $function$;
       SET search_path = forgetful, pg_catalog`,
    );
    expect(await readPartitions(databases.outbox, client)).toEqual(await readPartitions(databases.outbox));
    expect(await readPartitions(databases.outbox, client)).toEqual([]); // it does forget
  } finally {
    client.release(true);
  }
});

describe('while partitions are made, dropped and emptied', () => {
  /** The least that EVENT_PARTITION_SIZE may be: more ids than all captures under way draw together. */
  const size = 1_000;
  beforeEach(async () => {
    databases = await testDatabases({ eventPartitionSize: size });
  });

  it('every capture succeeds, and every event is delivered exactly once and then cleaned', async () => {
    let capturing = true;
    const committed: string[] = [];
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let transaction = 0; transaction < 60; transaction += 1) {
        const events = Array.from({ length: 1 + ((writer + transaction) % 30) }, (_event, number) => ({
          eventType: 'counted',
          eventContext: { writer, transaction, number },
        }));
        const ids = await inTransaction({ ...databases.outbox, pool: databases.pool }, (tx) =>
          captureEvents(tx, events),
        );
        committed.push(...ids);
      }
    });
    const whileCapturing = async (work: () => Promise<unknown>): Promise<void> => {
      while (capturing) await work();
    };
    const background = [
      whileCapturing(() => clean(databases, { partitionSize: size })),
      whileCapturing(() => clean(databases, { partitionSize: size })),
      whileCapturing(() => ensurePartitions(databases.outbox, size)),
      whileCapturing(() => databases.service({ partitionQuantity: 50 }).run()),
    ];
    try {
      await Promise.all(writers);
    } finally {
      capturing = false;
      await Promise.all(background);
    }

    await databases.service({ partitionQuantity: 1_000, maxWaitMs: 0 }).run();
    await expectExactlyOnce(databases, committed);
    await clean(databases, { partitionSize: size });
    expect(await outboxIds(databases)).toEqual([]);
  });
});
