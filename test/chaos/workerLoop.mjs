/**
 * A worker of the chaos: runs the EventLogService and the cleaning over and over, until SIGTERM. Uses the compiled
 * product. Its only argument is JSON. Writes a line when it listens for SIGTERM, and one of JSON at its end. What the network does must never end it.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { closeEventLog, openEventLog } from '../../dist/eventlog/client.js';
import { closeOutbox, openOutbox } from '../../dist/outbox/database.js';
import { EventLogService } from '../../dist/delivery/eventLogService.js';
import { deliveryPorts } from '../../dist/delivery/ports.js';
import { cleanEventsOutbox } from '../../dist/tasks/cleanEventsOutbox.js';

const { databaseUrl, clickhouseUrl, clickhouseDatabase, timeoutMs, service } = JSON.parse(process.argv[2]);
const stopping = new globalThis.AbortController();
process.once('SIGTERM', () => stopping.abort());
process.stdout.write('listens\n');

const outbox = openOutbox({ databaseUrl, schema: 'waybill', connectionsMax: 8, connectTimeoutMs: 3_000 });
const eventLog = openEventLog({
  clickhouseUrl,
  database: clickhouseDatabase,
  table: 'event_log',
  timeoutMs,
  connectionsMax: 8,
});
const delivery = new EventLogService(deliveryPorts(outbox, eventLog), service);
const cleaning = { outbox, eventPartitionSize: 100_000, historyRetentionDays: 30 };
/** Runs between two cleanings. */
const runsPerCleaning = 5;

const ends = {};
let attemptsFailed = 0;
for (let runs = 1; !stopping.signal.aborted; runs += 1) {
  const report = await delivery.run({ signal: stopping.signal });
  ends[report.endedBecause] = (ends[report.endedBecause] ?? 0) + 1;
  attemptsFailed += report.attemptsFailed;
  if (runs % runsPerCleaning === 0)
    await cleanEventsOutbox(cleaning, stopping.signal).catch(() => {
      ends.cleaningFailed = (ends.cleaningFailed ?? 0) + 1;
    });
  await pause(50);
}
await closeEventLog(eventLog);
await closeOutbox(outbox);
process.stdout.write(`${JSON.stringify({ ends, attemptsFailed })}\n`);
