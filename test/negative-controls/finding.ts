import { compare, deliveredEventIds, type TestDatabases } from '../support/databases.js';
import { readAttempts, readBatches } from '../support/outbox.js';

/** What the oracle says when a scenario is over: committed events, by id, against the rows in ClickHouse. */
export interface Damage {
  /** Not in ClickHouse, and the outbox will never send it again: it counts as delivered, or is there no more. */
  readonly lost: number;
  /** Rows beyond the first of an event. */
  readonly doubled: number;
  /** In ClickHouse, although its transaction did not commit. */
  readonly phantom: number;
  /** Not in ClickHouse yet, although every fault is over and runs have had their turn. */
  readonly undelivered: number;
  /** In quarantine, although nothing is wrong with it. */
  readonly quarantined: number;
}

/** The damage, and what getting there has cost. */
export interface Finding extends Damage {
  /** Attempts to send a batch. */
  readonly attempts: number;
  /** Batches that others replaced. */
  readonly replaced: number;
}

export const damageKinds = ['lost', 'doubled', 'phantom', 'undelivered', 'quarantined'] as const;

export function isClean(damage: Damage): boolean {
  return damageKinds.every((kind) => damage[kind] === 0);
}

type Databases = Pick<TestDatabases, 'pool' | 'eventLog'>;

/** @param delivered event ids as they stand in ClickHouse, where it is not the event log's table that is looked at */
export async function findDamage(
  databases: Databases,
  committed: readonly string[],
  delivered?: readonly string[],
): Promise<Finding> {
  const found = compare(committed, delivered ?? (await deliveredEventIds(databases.eventLog)));
  const missing = await judgeMissing(databases, found.lost);
  return {
    lost: missing.filter((verdict) => verdict === 'lost').length,
    doubled: found.doubled.length,
    phantom: found.phantom.length,
    undelivered: missing.filter((verdict) => verdict === 'undelivered').length,
    quarantined: missing.filter((verdict) => verdict === 'quarantined').length,
    attempts: (await readAttempts(databases)).length,
    replaced: (await readBatches(databases)).filter(({ status }) => status === 'REPLACED').length,
  };
}

type Missing = 'lost' | 'undelivered' | 'quarantined';

/** Whether the outbox still means to send what ClickHouse does not have. */
async function judgeMissing({ pool }: Databases, eventIds: readonly string[]): Promise<Missing[]> {
  const { rows } = await pool.query<{ verdict: Missing }>(
    `SELECT CASE
       WHEN status = 'QUARANTINED' THEN 'quarantined'
       WHEN status IN ('AWAITING_DELIVERY', 'SENDING') AND (batch_id IS NOT NULL OR id >= sealed_below)
         THEN 'undelivered'
       ELSE 'lost'
     END AS verdict
     FROM unnest($1::uuid[]) AS missing (event_id)
     CROSS JOIN waybill.seal_cursor
     LEFT JOIN waybill.event_status USING (event_id)`,
    [eventIds],
  );
  return rows.map(({ verdict }) => verdict);
}
