import { inject, onTestFinished } from 'vitest';
import type { EventLogServiceOptions } from '../../src/delivery/eventLogService.js';
import type { EventLog } from '../../src/eventlog/client.js';
import type { ClaimedBatch } from '../../src/outbox/claimBatch.js';
import type { Outbox } from '../../src/outbox/database.js';
import { seedEvents, testDatabases, type SeedOptions } from '../support/outbox.js';
import type { TestDatabases } from '../support/databases.js';
import type { Product } from './copyOfTheCode.js';
import { findDamage, type Finding } from './finding.js';
import { startHeldRoute, type HeldRoute } from './heldRoute.js';
import { sealBatch } from '../support/sealBatch.js';

export interface SideOptions {
  /** Default: the ClickHouse that all tests share. */
  readonly clickhouseUrl?: string;
  /** Ids in a partition of the outbox. Default: a million. */
  readonly eventPartitionSize?: number;
}

export interface WorkerOptions extends Partial<EventLogServiceOptions> {
  /** This worker's own way to ClickHouse. */
  readonly clickhouseUrl?: string;
}

type Service = InstanceType<Product['EventLogService']>;

/** Runs of `deliverAll`: more than any scenario needs. */
const runsMax = 8;

/** One side of a negative control: the product as its copy has it, on databases of its own that its copy has made. */
export class Side {
  readonly product: Product;
  readonly databases: TestDatabases;
  readonly outbox: Outbox;
  readonly eventLog: EventLog;

  private constructor(product: Product, databases: TestDatabases, outbox: Outbox, eventLog: EventLog) {
    this.product = product;
    this.databases = databases;
    this.outbox = outbox;
    this.eventLog = eventLog;
  }

  /** Goes at the end of the test. */
  static async open(product: Product, options: SideOptions = {}): Promise<Side> {
    const { clickhouseUrl = inject('clickhouseUrl'), eventPartitionSize = 1_000_000 } = options;
    const databases = await testDatabases({ migrated: false, clickhouseUrl });
    const outbox = product.openOutbox({
      databaseUrl: databases.databaseUrl,
      schema: 'waybill',
      connectionsMax: 20,
    });
    onTestFinished(() => product.closeOutbox(outbox));
    const side = new Side(product, databases, outbox, openEventLogOf(product, databases, clickhouseUrl));
    await product.migrate(outbox, side.eventLog, {
      clickhouseDatabase: databases.clickhouseDatabase,
      clickhouseTable: 'event_log',
      clickhouseEngine: 'MergeTree',
      eventPartitionSize,
    });
    return side;
  }

  seed(count: number, options?: SeedOptions): Promise<string[]> {
    return seedEvents(this.databases, count, options);
  }

  /** One stream, batches of 100 events, smaller ones at once. */
  worker({ clickhouseUrl, ...options }: WorkerOptions = {}): Service {
    const eventLog =
      clickhouseUrl === undefined
        ? this.eventLog
        : openEventLogOf(this.product, this.databases, clickhouseUrl);
    return new this.product.EventLogService(this.product.deliveryPorts(this.outbox, eventLog), {
      partitionQuantity: 100,
      failedSendingRetries: 5,
      maxWaitMs: 0,
      concurrency: 1,
      claimLeaseMs: 60_000,
      backoff: { firstMs: 10, maxMs: 20 },
      ...options,
    });
  }

  /** A way to ClickHouse that can hold requests. */
  async heldRoute(): Promise<HeldRoute> {
    const route = await startHeldRoute(this.databases.clickhouseUrl);
    onTestFinished(() => route.close());
    return route;
  }

  /** Seals a batch of the events that are there, and claims it for a worker that does nothing more. */
  async claim(quantity: number): Promise<ClaimedBatch> {
    await sealBatch(this.outbox, quantity, false);
    const batch = await this.product.claimBatch(this.outbox, { claimedBy: 'dead worker', leaseMs: 60_000 });
    if (batch === undefined) throw new Error('There is no batch to claim.');
    return batch;
  }

  /** The leases of whoever sends run out, as of a worker that died or was stopped. */
  async expireClaims(): Promise<void> {
    await this.databases.pool.query(
      `UPDATE waybill.batch SET claim_expires_at = clock_timestamp() WHERE status = 'SENDING'`,
    );
  }

  /** Waits of batches are over. */
  async makeDue(): Promise<void> {
    await this.databases.pool.query(
      `UPDATE waybill.batch SET not_before = clock_timestamp()
       WHERE status = 'AWAITING_DELIVERY' AND not_before > clock_timestamp()`,
    );
  }

  /** Run after run, until one finds nothing to do. */
  async deliverAll(): Promise<void> {
    for (let runs = 0; runs < runsMax; runs += 1) {
      await this.makeDue();
      const { batchesSealed, attemptsSucceeded, attemptsFailed } = await this.worker({
        failedSendingRetries: 1,
      }).run();
      if (batchesSealed + attemptsSucceeded + attemptsFailed === 0) return;
    }
  }

  finding(committed: readonly string[], delivered?: readonly string[]): Promise<Finding> {
    return findDamage(this.databases, committed, delivered);
  }
}

function openEventLogOf(product: Product, databases: TestDatabases, clickhouseUrl: string): EventLog {
  const eventLog = product.openEventLog({
    clickhouseUrl,
    database: databases.clickhouseDatabase,
    table: 'event_log',
    timeoutMs: 30_000,
    connectionsMax: 10,
  });
  onTestFinished(() => product.closeEventLog(eventLog));
  return eventLog;
}
