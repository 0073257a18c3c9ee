import type { QuarantinedGroup } from '../outbox/countQuarantined.js';
import type { QuarantineRecord } from '../outbox/quarantineRecord.js';
import { ago } from './durations.js';
import { oneLine, paint, printable, table } from './terminal.js';

/** Longest reason in a list, in characters. `waybill quarantine show` has the whole text. */
const reasonCharsMax = 100;

/** The list of quarantined events, then how many there are of each kind. */
export function describeList(
  events: readonly QuarantineRecord[],
  groups: readonly QuarantinedGroup[],
  now: Date,
): string {
  const total = groups.reduce((sum, group) => sum + group.events, 0);
  if (total === 0) return 'No event is quarantined that fits.';
  const left = total - events.length;
  return [
    table(
      events.map((event) => [
        event.eventId ?? `(its row is gone; batch ${event.batchId})`,
        oneLine(event.eventType ?? ''),
        ago(new Date(event.capturedAt), now),
        ago(new Date(event.refusedAt), now),
        event.errorCode ?? '',
        event.refusedColumn ?? '',
        shortReason(event.errorText ?? ''),
      ]),
      ['event', 'type', 'captured', 'refused', 'code', 'column', 'reason'],
    ),
    ...(left > 0 ? [`… and ${left.toLocaleString('en')} more; --limit shows more of them.`] : []),
    '',
    describeGroups(groups, now),
    '',
    'waybill quarantine show <event> has the whole reason. Once the table is mended: waybill quarantine release',
  ].join('\n');
}

/** ClickHouse names a table with its UUID, which tells a person nothing. */
function shortReason(errorText: string): string {
  return oneLine(errorText.replaceAll(/ \([\da-f-]{36}\)/g, ''), reasonCharsMax);
}

/** How many quarantined events there are of each type and code. */
export function describeGroups(groups: readonly QuarantinedGroup[], now: Date): string {
  return table(
    groups.map((group) => [
      group.events.toLocaleString('en'),
      oneLine(group.eventType ?? ''),
      group.errorCode ?? '',
      ago(group.firstRefusedAt, now),
    ]),
    ['events', 'type', 'code', 'first refused'],
  );
}

/** Everything about one quarantined event. */
export function describeEvent(event: QuarantineRecord, now: Date): string {
  const time = (at: string): string => `${at} (${ago(new Date(at), now)})`;
  return [
    table([
      ['event', event.eventId ?? 'its row is gone'],
      ['type', printable(event.eventType ?? '')],
      ['event time', event.eventDateTime ?? ''],
      ['environment', printable(event.environment ?? '')],
      ['subject', event.subject === null ? 'none' : printable(event.subject)],
      ['metadata version', String(event.metadataVersion ?? '')],
      ['traceparent', printable(event.traceparent ?? 'none')],
      ['captured', time(event.capturedAt)],
      ['refused', time(event.refusedAt)],
      ['attempts', `${String(event.attemptCount)} by itself`],
      ['batch', event.batchId],
      ['code', event.errorCode ?? ''],
      ['column', event.refusedColumn ?? 'not named by ClickHouse'],
    ]),
    '',
    paint('bold', 'What ClickHouse said'),
    printable((event.errorText ?? '').trim()),
    '',
    paint('bold', 'Context'),
    printable(event.eventContext ?? ''),
  ].join('\n');
}
