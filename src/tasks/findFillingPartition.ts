import type { Outbox } from '../outbox/database.js';
import { readEventPace } from '../outbox/readEventPace.js';
import { readFirstUndeliveredId } from '../outbox/readFirstUndeliveredId.js';
import { readLastId } from '../outbox/readLastId.js';
import { readPartitions, type EventPartition } from '../outbox/readPartitions.js';

/**
 * The partition that is being written, that of the newest id, if it will be full within the horizon at the pace of the
 * last ten minutes. It is dropped whole soon then, for which its events need not be deleted first: a drop writes 0.7
 * bytes of WAL an event, a DELETE 57, and leaves dead rows. Where delivery is behind, it is an older one, from which on
 * all are soon dropped: the one of the first event that is still to be delivered.
 * While ids run into the DEFAULT partition, it is the next one after them. Undefined when there is none, or it fills later.
 */
export async function findFillingPartition(
  outbox: Outbox,
  fillHorizonMs: number,
): Promise<EventPartition | undefined> {
  const idsWithinHorizon = (await readEventPace(outbox)) * (fillHorizonMs / 1_000);
  const lastId = await readLastId(outbox);
  const partitions = await readPartitions(outbox);
  const written = partitions.find(({ to }) => to > lastId);
  if (written === undefined || written.to - 1 - lastId >= idsWithinHorizon) return undefined;
  const firstUndeliveredId = await readFirstUndeliveredId(outbox);
  return firstUndeliveredId < written.from ? partitions.find(({ to }) => to > firstUndeliveredId) : written;
}
