import type { Finding } from '../finding.js';
import type { NegativeControl } from '../negativeControl.js';
import type { Side } from '../side.js';
import { sealBatch } from '../../support/sealBatch.js';

const partitionSize = 100;
const sideOptions = { eventPartitionSize: partitionSize };

/** Cleaning runs when a batch has the events of a whole partition, and has not been delivered. */
async function cleanedBeforeDelivered(side: Side): Promise<Finding> {
  const committed = await side.seed(partitionSize);
  await sealBatch(side.outbox, partitionSize, false);
  await clean(side);
  await side.deliverAll();
  return side.finding(committed);
}

/** Cleaning runs when the events of a whole partition are committed, and no batch has taken them yet. */
async function cleanedBeforeSealed(side: Side): Promise<Finding> {
  const committed = await side.seed(partitionSize);
  await clean(side);
  await side.deliverAll();
  return side.finding(committed);
}

function clean({ product, outbox }: Side): Promise<unknown> {
  return product.cleanEventsOutbox({
    outbox,
    eventPartitionSize: partitionSize,
    historyRetentionDays: 30,
    fillHorizonMs: 0,
  });
}

/** What may be deleted from the outbox. */
export const cleaningControls: readonly NegativeControl[] = [
  {
    name: 'a partition is dropped when no undelivered batch lies in it',
    switchedOff: 'it is dropped when it is settled, delivered or not',
    edits: [
      {
        file: 'src/outbox/dropDeliveredPartitions.ts',
        text: "batch.status IN ('AWAITING_DELIVERY', 'SENDING', 'QUARANTINED')",
        replacement: 'false',
      },
    ],
    sideOptions,
    story: 'cleaning runs between sealing and sending',
    expected: 'lost',
    scenario: cleanedBeforeDelivered,
  },
  {
    name: 'a partition is dropped when all its ids are settled',
    switchedOff: 'it is dropped when no batch in it is undelivered',
    edits: [
      {
        file: 'src/outbox/dropDeliveredPartitions.ts',
        text: 'WHERE candidate.past <= (SELECT sealed_below FROM ${outbox.schema}.seal_cursor)',
        replacement: 'WHERE true',
      },
    ],
    sideOptions,
    story: 'cleaning runs before sealing',
    expected: 'lost',
    scenario: cleanedBeforeSealed,
  },
  {
    name: 'events are deleted once their batch is delivered',
    switchedOff: 'they are deleted once their batch is sealed',
    edits: [
      {
        file: 'src/outbox/deleteDeliveredEvents.ts',
        text: "WHERE status IN ('DELIVERED', 'DROPPED') AND cleaned_at IS NULL",
        replacement: "WHERE status <> 'SENDING' AND cleaned_at IS NULL",
      },
      {
        file: 'src/outbox/deleteDeliveredEvents.ts',
        text: "WHERE batch.id = $1 AND batch.status IN ('DELIVERED', 'DROPPED')",
        replacement: "WHERE batch.id = $1 AND batch.status <> 'SENDING'",
      },
    ],
    story: 'cleaning runs between sealing and sending',
    expected: 'lost',
    scenario: cleanedBeforeDelivered,
  },
];
