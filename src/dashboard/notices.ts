import { describeClickHouseError, describePostgresError, narrowAdvice } from './describeFailure.js';
import { waitingScannedMax } from '../outbox/waitingEvent.js';
import type { Notice } from './schema/events.js';
import type { ProblemCode } from './schema/problem.js';

const noticeCodes: Partial<Readonly<Record<ProblemCode, Notice['code']>>> = {
  SEARCH_TOO_LARGE: 'cut_short',
  TIMEOUT: 'cut_short',
  NOT_MIGRATED: 'refused',
};

/** Why one of the two databases is missing from an answer that the other one has given. */
export function failureNotice(source: Notice['source'], error: unknown): Notice {
  const failure = source === 'outbox' ? describePostgresError(error) : describeClickHouseError(error);
  const { detail, advice = '' } = failure.problem;
  return { source, code: noticeCodes[failure.code] ?? 'unavailable', text: detail, advice };
}

export const outboxBounded: Notice = {
  source: 'outbox',
  code: 'outbox_bounded',
  text: `More events wait in the outbox than are looked through; these are from the newest ${waitingScannedMax.toLocaleString('en')} of a kind.`,
  advice: 'Deliver them, or look for one batch alone.',
};

export function cutShort(searchedTo: string): Notice {
  return {
    source: 'clickhouse',
    code: 'cut_short',
    text: `The search took too long, and ended at ${searchedTo}; older events were not looked at.`,
    advice: `Go on from there, or narrow it. ${narrowAdvice}`,
  };
}

export const hiddenByRedact: Notice = {
  source: 'clickhouse',
  code: 'hidden_by_redact',
  text: 'A redact hook is set, and counting what it may hide would tell it. So there are no numbers for this search.',
  advice: 'Search without a subject, a text, a key or a trace to see numbers.',
};
