import type { DifferenceKind } from '../reconcile/compareBatch.js';
import { remainingDifferences, type Difference, type ReconcileReport } from '../reconcile/report.js';
import { formatDuration } from '../durationText.js';
import { ago } from './durations.js';
import { oneLine, table } from './terminal.js';

/** Differences listed one by one; --json has all. */
const listedMax = 50;

/** What a reconciliation found and did, for a person. */
export function describeReconciliation(report: ReconcileReport, now: Date): string {
  const { differences, notes } = report;
  return [
    table([
      ['delivered', `${report.since.toISOString()} to ${report.until.toISOString()}`],
      [
        'compared',
        `${number(report.batchesCompared)} batches, ${number(report.eventsCompared)} events in ${formatDuration(report.durationMs)}`,
      ],
      ['content too', `${number(report.batchesHashed)} batches, whose events the outbox still holds`],
      [
        'not to be there',
        `${number(report.unsentBatchesCompared)} batches: replaced, dropped, quarantined, not sent`,
      ],
    ]),
    ...(report.batchesLeftAlone === 0
      ? []
      : [
          '',
          `${number(report.batchesLeftAlone)} left alone, since they were replaced meanwhile: compare again later.`,
        ]),
    ...(differences.length === 0 ? [] : ['', describeDifferences(differences, now)]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `Note: ${note}`)]),
    '',
    conclude(report),
  ].join('\n');
}

function describeDifferences(differences: readonly Difference[], now: Date): string {
  const left = differences.length - listedMax;
  return [
    table(
      differences
        .slice(0, listedMax)
        .map((difference) => [
          difference.kind,
          difference.batchId,
          difference.deliveredAt === undefined
            ? difference.status.toLowerCase().replace('_', ' ')
            : `delivered ${ago(difference.deliveredAt, now)}`,
          number(difference.kind === 'stray' ? 0 : difference.eventCount),
          number(difference.rows),
          oneLine(`${meaning(difference)}${outcome(difference)}`, 400),
        ]),
      ['what', 'batch', 'in Postgres', 'expected', 'found', 'that is'],
    ),
    ...(left > 0 ? [`… and ${number(left)} more; --json has all.`] : []),
  ].join('\n');
}

const meanings: Readonly<Record<DifferenceKind, (difference: Difference) => string>> = {
  missing: () => 'no row is in ClickHouse',
  short: ({ events, eventCount }) => `${number(eventCount - events)} events are not in ClickHouse`,
  doubled: ({ rows, eventCount }) =>
    `${number(rows - eventCount)} rows too many, of events that are there already`,
  different: ({ events, eventCount }) =>
    events > eventCount
      ? `${number(events - eventCount)} rows of events that the batch does not own`
      : 'the number is right, the content is not',
  stray: () => 'nothing of this batch should be in ClickHouse',
};

function meaning(difference: Difference): string {
  return meanings[difference.kind](difference);
}

function outcome({ repair, kind, inOutbox }: Difference): string {
  switch (repair.state) {
    case 'not_asked':
      if (kind === 'stray' || inOutbox) return '; --repair mends it';
      return kind === 'doubled'
        ? '; --repair mends it in ClickHouse'
        : '; its events are no longer in the outbox';
    case 'repaired':
      return `; repaired: ${repair.text}`;
    case 'not_repairable':
      return `; not repaired: ${repair.text}`;
    case 'failed':
      return `; not repaired yet: ${repair.text}`;
  }
}

const endings: Readonly<Record<ReconcileReport['ended'], string>> = {
  complete: '',
  stopped: 'It was stopped before all was compared: run it again.',
  too_many_differences: 'So many differ that it ended before all was compared: run it again.',
};

function conclude(report: ReconcileReport): string {
  const { differences } = report;
  const repaired = differences.filter(({ repair }) => repair.state === 'repaired').length;
  const resent = differences.filter(
    ({ repair }) => repair.state === 'repaired' && repair.resentAs !== undefined,
  ).length;
  const remaining = remainingDifferences(report).length;
  const sentences = [
    differences.length === 0 && report.ended === 'complete' ? 'Nothing differs.' : '',
    repaired > 0 ? `${number(repaired)} repaired.` : '',
    resent > 0
      ? `The next run of process_events sends ${resent === repaired ? 'what replaces them' : `${number(resent)} of them`}; compare again after it.`
      : '',
    remaining > 0 ? `${number(remaining)} ${remaining === 1 ? 'batch differs' : 'batches differ'}.` : '',
    endings[report.ended],
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function number(value: number): string {
  return value.toLocaleString('en');
}
