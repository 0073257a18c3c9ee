/**
 * One run of the EventLogService in a process of its own, for tests that stop or kill it. Uses the compiled product.
 * Its only argument is JSON: where the databases are, and the options of the service and of the run.
 * Writes one line of JSON when the run has ended.
 */
import process from 'node:process';
import { closeEventLog, openEventLog } from '../../dist/eventlog/client.js';
import { closeOutbox, openOutbox } from '../../dist/outbox/database.js';
import { EventLogService } from '../../dist/delivery/eventLogService.js';
import { deliveryPorts } from '../../dist/delivery/ports.js';

const { databaseUrl, clickhouseUrl, clickhouseDatabase, timeoutMs, service, run } = JSON.parse(
  process.argv[2],
);
const outbox = openOutbox({ databaseUrl, schema: 'waybill', connectionsMax: 8 });
const eventLog = openEventLog({
  clickhouseUrl,
  database: clickhouseDatabase,
  table: 'event_log',
  timeoutMs,
  connectionsMax: 8,
});
const report = await new EventLogService(deliveryPorts(outbox, eventLog), service).run(run);
await closeOutbox(outbox);
await closeEventLog(eventLog);
process.stdout.write(`${JSON.stringify({ report, memoryPeakKib: process.resourceUsage().maxRSS })}\n`);
