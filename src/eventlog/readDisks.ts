import { queryRows, type EventLog } from './client.js';

export interface Disk {
  readonly name: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The server's local disks. Object storage has no end and is left out. */
export async function readDisks(eventLog: EventLog, signal?: AbortSignal): Promise<Disk[]> {
  const rows = await queryRows<{ name: string; free: string | number; total: string | number }>(
    eventLog,
    `SELECT name, unreserved_space AS free, total_space AS total
     FROM system.disks
     WHERE lower(type) = 'local' AND total_space > 0`,
    {},
    signal,
  );
  return rows.map(({ name, free, total }) => ({
    name,
    freeBytes: Number(free),
    totalBytes: Number(total),
  }));
}
