import { eventLimits } from 'waybill';

const earliestMs = Date.parse(eventLimits.eventDateTimeMin);
const latestMs = Date.parse(eventLimits.eventDateTimeMax);

export interface AuthorDate {
  /** Always a date that an event can carry. */
  readonly date: Date;
  /**
   * `out_of_range`: the author's date lies outside the years 1900 to 2299; `date` is the nearest that fits.
   * `unreadable`: git finds no date there; `date` is the committer's.
   */
  readonly problem?: 'out_of_range' | 'unreadable';
}

/**
 * The date of an event that tells of a commit. Nothing keeps a date in git sensible: a wrong clock, a broken import
 * or a joke is enough. Such a commit is kept all the same, under a date that fits.
 * @param authorSeconds seconds since 1970, in digits, as git prints them; empty when it finds none
 */
export function authorDate(authorSeconds: string, committerSeconds: string): AuthorDate {
  const authorMs = readMs(authorSeconds);
  if (authorMs === undefined) {
    return { date: new Date(clamp(readMs(committerSeconds) ?? 0)), problem: 'unreadable' };
  }
  const date = new Date(clamp(authorMs));
  return date.getTime() === authorMs ? { date } : { date, problem: 'out_of_range' };
}

function readMs(seconds: string): number | undefined {
  return /^-?\d+$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, earliestMs), latestMs);
}
