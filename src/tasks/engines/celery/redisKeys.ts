/** Between the name of a queue and the priority of its messages (`Channel.sep` in kombu/transport/redis.py). */
const prioritySeparator = '\x06\x16';

/** The lists of a queue of kombu, the most urgent first: it has four steps of priority (`PRIORITY_STEPS`). */
export function queueLists(queue: string): readonly [string, ...string[]] {
  return [queue, ...[3, 6, 9].map((priority) => `${queue}${prioritySeparator}${String(priority)}`)];
}

/** Our own keys beside a queue. */
export interface QueueKeys {
  /** A sorted set of the workers that have read the queue, by when each was last seen: Redis's time in milliseconds. */
  readonly workers: string;
  /** What, before a worker's name, gives the list of the messages in its hands. */
  readonly inHandPrefix: string;
}

export function queueKeys(queue: string): QueueKeys {
  return { workers: `waybill:celery:${queue}:workers`, inHandPrefix: `waybill:celery:${queue}:in-hand:` };
}
