import type { WaybillOptions } from '../config/options.js';
import { formatDuration } from '../durationText.js';
import { readBacklog, type Backlog } from '../outbox/readBacklog.js';
import { readFailingBatches, type FailingBatch } from '../outbox/readFailingBatches.js';
import { readServer } from '../outbox/readServer.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

const minuteMs = 60_000;
const failingShownMax = 5;
/** What a run may take to get to the last record, beyond the time until it starts. */
const runMs = 5 * minuteMs;

/** Whether records wait no longer than they should, none is quarantined, and no batch keeps failing. */
export async function checkRecords({ outbox, options }: DoctorContext): Promise<readonly Finding[]> {
  const { nowMs } = await readServer(outbox);
  const backlog = await readBacklog(outbox);
  const failing = await readFailingBatches(outbox, options.failedLogSendingRetries, failingShownMax);
  const findings = [...judgeBacklog(backlog, nowMs, options), ...failing.map(describeFailing)];
  if (findings.length > 0) return findings;
  const { awaiting, sending } = backlog;
  const waiting = `${awaiting.toLocaleString('en')} wait, ${sending.toLocaleString('en')} are being sent`;
  return [
    fine(
      'RECORDS_FLOW',
      'postgres',
      `No record waits for longer than it should, and none is refused: ${waiting}.`,
    ),
  ];
}

type RecordOptions = Pick<
  WaybillOptions,
  'logEventsPartitionQuantity' | 'logSendingFrequencyInMinutes' | 'logEventsMaxWaitInMinutes'
>;

/** What the records in the outbox mean. `nowMs`: Postgres's clock. */
export function judgeBacklog(backlog: Backlog, nowMs: number, options: RecordOptions): Finding[] {
  const findings: Finding[] = [];
  const { oldestCapturedAt } = backlog;
  if (oldestCapturedAt !== undefined)
    findings.push(...judgeOldest(backlog, nowMs - oldestCapturedAt.getTime(), options));
  if (backlog.quarantined > 0) {
    findings.push({
      code: 'EVENTS_QUARANTINED',
      severity: 'warning',
      side: 'postgres',
      summary: `${backlog.quarantined === 1 ? 'One event is' : `${backlog.quarantined.toLocaleString('en')} events are`} quarantined: ClickHouse refused the data.`,
      meaning: 'They are kept and not sent again. Everything else is delivered past them.',
      advice: withCommands(
        'See why, mend the table or the data, and release or drop them:',
        'waybill quarantine list',
      ),
    });
  }
  return findings;
}

function judgeOldest(backlog: Backlog, ageMs: number, options: RecordOptions): Finding[] {
  const { logEventsPartitionQuantity: quantity, logEventsMaxWaitInMinutes: maxWait } = options;
  const everyMs = options.logSendingFrequencyInMinutes * minuteMs;
  const awaiting = backlog.awaiting.toLocaleString('en');
  const waitsForBatch = backlog.awaiting < quantity && backlog.sending === 0;
  // The time until a run starts, twice: one may have just begun when the record came.
  const expectedMs = 2 * everyMs + runMs + (maxWait ?? 0) * minuteMs;
  if (ageMs <= expectedMs) return [];
  const oldest = `the oldest was captured ${formatDuration(ageMs)} ago`;
  if (waitsForBatch && maxWait === undefined) {
    return [
      {
        code: 'RECORDS_WAIT_FOR_BATCH',
        severity: 'note',
        side: 'postgres',
        summary: `${awaiting} records wait until a batch of ${quantity.toLocaleString('en')} is full; ${oldest}.`,
        meaning: 'They are delivered together with those to come. A quiet system delivers nothing for long.',
        advice: withCommands(
          'If that is not what you want, let a run send a smaller batch after a while:',
          'LOG_EVENTS_MAX_WAIT_IN_MINUTES=10',
        ),
      },
    ];
  }
  return [
    {
      code: 'RECORDS_OVERDUE',
      severity: 'warning',
      side: 'postgres',
      summary: `${backlog.awaitingIsLowerBound ? 'More than ' : ''}${awaiting} records await delivery; ${oldest}.`,
      meaning: `With these options none should wait longer than ${formatDuration(expectedMs)}. Nothing is lost.`,
      advice: withCommands(
        'Does a worker run, and what do its last runs say? If they end because their time is over, send more at once ' +
          '(LOG_EVENTS_PARTITION_QUANTITY, DELIVERY_CONCURRENCY):',
        'waybill status',
      ),
    },
  ];
}

/** A batch that failed more often than one run may try it. */
export function describeFailing(batch: FailingBatch): Finding {
  const { batchId, eventCount, attemptCount, errorCode = '', errorText = '' } = batch;
  const text = errorText.replace(/\s+/g, ' ').trim();
  const shown = text.length > errorCharactersMax ? `${text.slice(0, errorCharactersMax)} …` : text;
  return {
    code: 'BATCH_KEEPS_FAILING',
    severity: 'warning',
    side: 'both',
    summary:
      `Batch ${batchId} of ${eventCount.toLocaleString('en')} events has failed ${attemptCount.toLocaleString('en')} ` +
      `times, last with ${errorCode}: ${shown}`,
    meaning: 'It is tried again first in each run, and stays in the outbox until it is delivered.',
    advice:
      'Mend what the error says; the next run delivers it. Other findings of this report may name the cause.',
  };
}

const errorCharactersMax = 300;
