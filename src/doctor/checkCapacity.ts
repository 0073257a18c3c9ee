import { ClickHouseError } from '@clickhouse/client';
import { readTableSetting } from '../eventlog/judgeTable.js';
import { readDisks, type Disk } from '../eventlog/readDisks.js';
import { readFullestPartition, type FullestPartition } from '../eventlog/readFullestPartition.js';
import { readReplicaReadOnly } from '../eventlog/readReplicaReadOnly.js';
import { readStuckMutations, type StuckMutation } from '../eventlog/readStuckMutations.js';
import type { TableFacts } from '../eventlog/readTables.js';
import { quoteName } from '../eventlog/client.js';
import { readServer } from '../eventlog/readServer.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** Of parts_to_throw_insert. */
const partsShareMax = 0.8;
/** `parts_to_throw_insert` of a server that does not say. */
const partsToThrowInsertDefault = 3_000;
/** Of a disk. */
const freeShareMin = 0.05;

/** Whether ClickHouse will still take inserts tomorrow: parts, disks, replica, mutations. */
export async function checkCapacity(
  { eventLog }: DoctorContext,
  table: TableFacts,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { user } = await readServer(eventLog, signal);
  const replicaOf = async (): Promise<boolean> =>
    table.engine.startsWith('Replicated') && (await readReplicaReadOnly(eventLog, signal));
  const [partsMax, fullest, disks, isReadOnly, mutations] = await Promise.all([
    readTableSetting(eventLog, table, 'parts_to_throw_insert', signal),
    unlessHidden(readFullestPartition(eventLog, signal)),
    unlessHidden(readDisks(eventLog, signal)),
    unlessHidden(replicaOf()),
    unlessHidden(readStuckMutations(eventLog, signal)),
  ]);
  const hidden = Object.entries({
    'system.parts': fullest,
    'system.disks': disks,
    'system.replicas': isReadOnly,
    'system.mutations': mutations,
  }).flatMap(([name, seen]) => (seen === 'hidden' ? [name] : []));
  const findings = [
    ...(fullest === 'hidden' ? [] : judgeParts(fullest, partsMax ?? partsToThrowInsertDefault)),
    ...(disks === 'hidden' ? [] : judgeDisks(disks)),
    ...(isReadOnly === true ? [replicaReadOnly] : []),
    ...(mutations === 'hidden'
      ? []
      : mutations.map((mutation) => describeMutation(mutation, eventLog.database, eventLog.table))),
    ...(hidden.length === 0 ? [] : [describeHidden(hidden, user)]),
  ];
  if (findings.length > 0 || fullest === 'hidden') return findings;
  const parts = (fullest?.activeParts ?? 0).toLocaleString('en');
  const most = (partsMax ?? partsToThrowInsertDefault).toLocaleString('en');
  return [
    fine(
      'CAPACITY_FIT',
      'clickhouse',
      `The fullest partition has ${parts} parts of at most ${most}; disks have room; no mutation is stuck.`,
    ),
  ];
}

const accessDenied = '497';

/** Delivering needs none of this, so a user may well have no right to see it. */
async function unlessHidden<Seen>(reading: Promise<Seen>): Promise<Seen | 'hidden'> {
  return reading.catch((error: unknown) => {
    if (error instanceof ClickHouseError && error.code === accessDenied) return 'hidden' as const;
    throw error;
  });
}

function describeHidden(tables: readonly string[], user: string): Finding {
  return {
    code: 'CAPACITY_HIDDEN',
    severity: 'note',
    side: 'clickhouse',
    summary: `User ${user} may not see ${tables.join(', ')}.`,
    meaning:
      'Deliveries need none of them. Too many parts, a full disk or a stuck mutation would not be noticed here.',
    advice: withCommands(
      'If the doctor is to look at them:',
      ...tables.map((name) => `GRANT SELECT ON ${name} TO ${quoteName(user)};`),
    ),
  };
}

/** What the parts of the fullest partition mean. `partsMax`: parts_to_throw_insert; 0 is no limit. */
export function judgeParts(fullest: FullestPartition | undefined, partsMax: number): Finding[] {
  if (fullest === undefined || partsMax === 0 || fullest.activeParts < partsShareMax * partsMax) return [];
  return [
    {
      code: 'PARTS_MANY',
      severity: 'warning',
      side: 'clickhouse',
      summary:
        `Partition ${fullest.partition} has ${fullest.activeParts.toLocaleString('en')} parts; from ` +
        `${partsMax.toLocaleString('en')} on ClickHouse refuses inserts (parts_to_throw_insert).`,
      meaning: 'Merges do not keep up with inserts, which are slowed down, and then refused and tried again.',
      advice:
        'Send fewer, larger batches (LOG_EVENTS_PARTITION_QUANTITY, 10,000 and more), and see in system.merges ' +
        'whether merges run.',
    },
  ];
}

/** What the free space of the disks means. */
export function judgeDisks(disks: readonly Disk[]): Finding[] {
  return disks
    .filter(({ freeBytes, totalBytes }) => freeBytes < freeShareMin * totalBytes)
    .map(({ name, freeBytes, totalBytes }) => ({
      code: 'DISK_NEARLY_FULL',
      severity: 'warning',
      side: 'clickhouse',
      summary: `Disk ${name} has ${gigabytes(freeBytes)} of ${gigabytes(totalBytes)} left.`,
      meaning: 'Once it is full, inserts and merges fail; events are kept in the outbox meanwhile.',
      advice: 'Make room: drop old partitions of the event log, set a TTL, or add storage.',
    }));
}

const replicaReadOnly: Finding = {
  code: 'REPLICA_READ_ONLY',
  severity: 'warning',
  side: 'clickhouse',
  summary: 'The replica of the event log on this server is read-only.',
  meaning: 'It has lost Keeper, or does not find its data there. Inserts are refused and tried again.',
  advice: withCommands(
    'See why, and once Keeper is back, restart the replica:',
    'SELECT * FROM system.replicas WHERE is_readonly;',
  ),
};

function describeMutation(
  { mutationId, command, failReason }: StuckMutation,
  database: string,
  table: string,
): Finding {
  return {
    code: 'MUTATION_STUCK',
    severity: 'warning',
    side: 'clickhouse',
    summary: `Mutation ${mutationId} (${command.slice(0, 100)}) fails: ${failReason.slice(0, 200)}`,
    meaning:
      'Mutations of a table wait for each other. A batch whose rows have to be deleted before its events are sent ' +
      'again waits for this one; all others are delivered.',
    advice: withCommands(
      'Mend what it fails for, or give it up:',
      `KILL MUTATION WHERE mutation_id = '${mutationId}' AND database = ${literal(database)} AND table = ${literal(table)};`,
    ),
  };
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}
