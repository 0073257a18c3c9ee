import { formatDuration } from '../durationText.js';
import type { Finding } from './finding.js';

const dayMs = 86_400_000;
/** Rows younger than this may still belong to a batch whose outcome is unknown, or wait in an outage over a weekend. */
const ttlMsMin = 7 * dayMs;

const unitMs: Readonly<Record<string, number>> = {
  Second: 1_000,
  Minute: 60_000,
  Hour: 3_600_000,
  Day: dayMs,
  Week: 7 * dayMs,
  Month: 28 * dayMs,
  Quarter: 89 * dayMs,
  Year: 365 * dayMs,
};

/**
 * What a TTL in a table's definition means. An event is deleted once its own time is that old, which may be before its
 * batch was counted. Rules that only move data or change its compression delete nothing.
 */
export function describeTtl(engineFull: string, tableName: string): Finding[] {
  const rules = deletingRules(engineFull);
  if (rules.length === 0) return [];
  const lifetimes = rules.flatMap(lifetimeMs);
  const shortestMs = Math.min(...lifetimes);
  const isShort = lifetimes.length > 0 && shortestMs < ttlMsMin;
  const told = rules.join(', ');
  return [
    {
      code: isShort ? 'TABLE_TTL_SHORT' : 'TABLE_HAS_TTL',
      severity: isShort ? 'warning' : 'note',
      side: 'clickhouse',
      summary: isShort
        ? `${tableName} deletes rows after ${formatDuration(shortestMs)} (TTL ${told}).`
        : `${tableName} deletes rows by a TTL: ${told}.`,
      meaning:
        'An event whose own time lies further back than that is deleted soon after it arrived. If its batch has to ' +
        'be counted, because its first answer was lost, rows are missing, and it is deleted and sent again.',
      advice: isShort
        ? 'Let the TTL be longer than events may wait in the outbox, a week at least.'
        : 'Nothing, unless events are captured with times that lie so far back.',
    },
  ];
}

/** The rules after TTL that delete. Rules are separated by commas outside of parentheses. */
function deletingRules(engineFull: string): string[] {
  const text = / TTL (.*?)(?= SETTINGS |$)/s.exec(engineFull)?.[1];
  if (text === undefined) return [];
  return splitOutsideParentheses(text).filter((rule) => !/ (TO (DISK|VOLUME)|RECOMPRESS) ?/.test(rule));
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += character;
  }
  return [...parts, part.trim()];
}

/** How long a row lives by its own time, where the rule is of the usual form. */
function lifetimeMs(rule: string): number[] {
  const [, unit = '', count = ''] =
    /^\(?(?:to\w+\()?event_date_time\)? ?\+ ?toInterval(\w+)\((\d+)\)/.exec(rule) ?? [];
  const ms = unitMs[unit];
  return ms === undefined ? [] : [ms * Number(count)];
}
