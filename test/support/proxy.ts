import { startListener } from './proxy/listener.js';
import { FaultQueue, type PendingFault } from './proxy/queuedFault.js';
import { RequestConnection } from './proxy/requestConnection.js';
import type { RequestFault, RequestKind } from './proxy/requestFault.js';

export type { PendingFault } from './proxy/queuedFault.js';
export type { BodyPart } from './proxy/requestBody.js';
export type { RequestFault, RequestFault as InsertFault, RequestKind } from './proxy/requestFault.js';

/** A TCP proxy in front of ClickHouse's HTTP interface, which knows the product's requests and can spoil them. */
export interface Proxy {
  readonly url: string;
  /** Requests of a kind that have begun to pass. */
  requestsSeen(kind: RequestKind): number;
  /** Inserts that have begun to pass. */
  insertsSeen(): number;
  /** Spoils the next request of a kind that no earlier call has taken. Everything else passes untouched. */
  spoilNext(kind: RequestKind, fault: RequestFault): PendingFault;
  spoilNextInsert(fault: RequestFault): PendingFault;
  /** Asks for each request that no call above has taken what goes wrong with it. Called without: nothing does. */
  spoilEach(choose?: (kind: RequestKind) => RequestFault | undefined): void;
  /** Faults that have come to pass. */
  faultsReached(): number;
  /** Lets everything go on that is stalled. */
  releaseAll(): void;
  /** Resets every connection that there is. New ones are let in. */
  resetAll(): void;
  /** Resets every connection and refuses new ones. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(targetUrl: string): Promise<Proxy> {
  const faults = new FaultQueue<RequestKind, RequestFault>();
  const seen = new Map<RequestKind, number>();
  const listener = await startListener(
    new URL(targetUrl),
    (client, upstream) =>
      new RequestConnection(client, upstream, (kind) => {
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        return faults.take(kind);
      }),
  );
  return {
    url: `http://127.0.0.1:${String(listener.port)}`,
    requestsSeen: (kind) => seen.get(kind) ?? 0,
    insertsSeen: () => seen.get('insert') ?? 0,
    spoilNext: (kind, fault) => faults.add(kind, fault),
    spoilNextInsert: (fault) => faults.add('insert', fault),
    spoilEach: (choose) => {
      faults.chooseBy(choose);
    },
    faultsReached: () => faults.reachedCount(),
    releaseAll: () => {
      faults.releaseAll();
    },
    resetAll: () => {
      listener.resetAll();
    },
    refuse: () => listener.refuse(),
    accept: () => listener.accept(),
    close: () => listener.close(),
  };
}
