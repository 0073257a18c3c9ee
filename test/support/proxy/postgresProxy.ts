import { startListener } from './listener.js';
import { FaultQueue, type PendingFault } from './queuedFault.js';
import { StatementConnection } from './statementConnection.js';
import type { StatementFault, StatementKind } from './statementFault.js';

/** A TCP proxy in front of Postgres, which knows the product's statements and can spoil them. */
export interface PostgresProxy {
  /** The URL it was given, by way of the proxy. */
  readonly url: string;
  /** Spoils the next statement of a kind that no earlier call has taken. Everything else passes untouched. */
  spoilNext(kind: StatementKind, fault: StatementFault): PendingFault;
  /** Asks for each statement that no call above has taken what goes wrong with it. Called without: nothing does. */
  spoilEach(choose?: (kind: StatementKind) => StatementFault | undefined): void;
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

export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const faults = new FaultQueue<StatementKind, StatementFault>();
  const listener = await startListener(
    new URL(databaseUrl),
    (client, upstream) => new StatementConnection(client, upstream, (kind) => faults.take(kind)),
  );
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(listener.port);
  return {
    url: url.href,
    spoilNext: (kind, fault) => faults.add(kind, fault),
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
