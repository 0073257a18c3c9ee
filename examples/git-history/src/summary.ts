import type { ReplayCounts } from './replayHistory.js';

const count = (value: number): string => value.toLocaleString('en');

/** One line for people who wait. */
export function progressLine(counts: Readonly<ReplayCounts>, seconds: number): string {
  const read = counts.recorded + counts.repeated;
  return `${count(read)} commits in ${seconds.toFixed(0)} s, ${count(perSecond(read, seconds))} per second`;
}

/** What a replay did, a line each; lines that would say 0 are left out. */
export function summary(counts: Readonly<ReplayCounts>, seconds: number): string {
  const read = counts.recorded + counts.repeated;
  const lines: [number, string][] = [
    [counts.recorded, 'recorded, one event each'],
    [counts.repeated, 'recorded by an earlier run, skipped'],
    [counts.dateOutOfRange, 'dated outside 1900 to 2299: the event has the nearest date that fits'],
    [counts.dateUnreadable, "without a readable date: the event has the committer's"],
    [counts.latin1, 'with text that is not UTF-8: read as Latin-1'],
    [counts.shortened, 'too large for one event: message or list of files shortened'],
  ];
  const shown = lines.filter(([commits]) => commits > 0);
  const width = Math.max(0, ...shown.map(([commits]) => count(commits).length));
  return [
    `${count(read)} ${read === 1 ? 'commit' : 'commits'} in ${duration(read, seconds)}`,
    ...shown.map(([commits, what]) => `  ${count(commits).padStart(width)}  ${what}`),
  ].join('\n');
}

/** A rate is left out where the time was too short to say one. */
function duration(commits: number, seconds: number): string {
  if (seconds < 1) return `${(seconds * 1_000).toFixed(0)} ms`;
  return `${seconds.toFixed(1)} s, ${count(perSecond(commits, seconds))} per second`;
}

function perSecond(commits: number, seconds: number): number {
  return seconds === 0 ? 0 : Math.round(commits / seconds);
}
