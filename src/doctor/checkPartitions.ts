import { partitionsAhead } from '../outbox/ensurePartitions.js';
import { readDefaultPartition, type DefaultPartition } from '../outbox/readDefaultPartition.js';
import { readPartitions, type EventPartition } from '../outbox/readPartitions.js';
import { readSealingSetup } from '../outbox/readSealingSetup.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** Fewer than this many partitions' worth of ids ahead is late: every run and every cleaning makes them up to four. */
const partitionsAheadMin = 2;

/** Whether partitions of table `event` are made ahead, and none of its rows are in the DEFAULT one. */
export async function checkPartitions({ outbox, options }: DoctorContext): Promise<readonly Finding[]> {
  const { lastId } = await readSealingSetup(outbox);
  const partitions = await readPartitions(outbox);
  return judgePartitions(
    partitions,
    await readDefaultPartition(outbox, partitions),
    lastId,
    options.eventPartitionSize,
  );
}

/** What the partitions mean. `lastId`: the newest id drawn. `size`: ids in a partition. */
export function judgePartitions(
  partitions: readonly EventPartition[],
  defaultPartition: DefaultPartition,
  lastId: number,
  size: number,
): readonly Finding[] {
  const findings: Finding[] = [];
  const idsAhead = Math.max(0, (partitions.at(-1)?.to ?? 0) - lastId);
  if (idsAhead < partitionsAheadMin * size) {
    findings.push({
      code: 'PARTITIONS_FEW',
      severity: 'warning',
      side: 'postgres',
      summary:
        `Partitions are ready for ${idsAhead.toLocaleString('en')} more ids; wanted are ${String(partitionsAhead)} ` +
        `partitions of ${size.toLocaleString('en')}.`,
      meaning:
        'Once they are used up, events go to the DEFAULT partition. Capture does not fail, but what lies there is ' +
        'deleted row by row instead of dropped at once.',
      advice: withCommands(
        'Does a worker run? Each run makes partitions, unless a long transaction holds the table. By hand:',
        'waybill clean-events-outbox',
      ),
    });
  }
  if (defaultPartition.holdsEvents) {
    findings.push({
      code: 'DEFAULT_PARTITION_USED',
      severity: 'warning',
      side: 'postgres',
      summary: `The DEFAULT partition of table event holds events (${megabytes(defaultPartition.bytes)}).`,
      meaning:
        'Ids ran past the partitions that were made ahead. The events are delivered like all others, and then ' +
        'deleted row by row. Making a partition scans this one, for which captures wait.',
      advice: 'Keep a worker running, and raise EVENT_PARTITION_SIZE if a partition lasts less than a day.',
    });
  }
  if (findings.length > 0) return findings;
  const ahead = Math.floor(idsAhead / size);
  return [
    fine(
      'PARTITIONS_READY',
      'postgres',
      `Partitions are ready for ${idsAhead.toLocaleString('en')} more ids (${String(ahead)} whole ones).`,
    ),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
