import type { Commit } from './commit.js';
import { isShortened } from './commitContext.js';
import type { RecordCommit } from './recordCommit.js';

/** What a replay has done so far, in commits. */
export interface ReplayCounts {
  recorded: number;
  /** Were there already. */
  repeated: number;
  dateOutOfRange: number;
  dateUnreadable: number;
  /** Hold text that is not UTF-8. */
  latin1: number;
  /** Did not fit into an event in full. */
  shortened: number;
}

export interface ReplayOptions {
  /** Commits recorded at the same time, at most. */
  readonly concurrency: number;
  /** Told after every commit. */
  readonly onProgress?: (counts: Readonly<ReplayCounts>) => void;
}

/**
 * Records every commit, several at a time; reads no further ahead than that.
 * @throws the first error of reading or recording, after the commits under way have ended; run it again to go on
 */
export async function replayHistory(
  commits: AsyncGenerator<Commit, void>,
  recordCommit: RecordCommit,
  { concurrency, onProgress }: ReplayOptions,
): Promise<ReplayCounts> {
  const counts: ReplayCounts = {
    recorded: 0,
    repeated: 0,
    dateOutOfRange: 0,
    dateUnreadable: 0,
    latin1: 0,
    shortened: 0,
  };

  async function recordUntilNoneIsLeft(): Promise<void> {
    for await (const commit of commits) {
      const { repeated, authored } = await recordCommit.execute(commit);
      if (repeated) counts.repeated += 1;
      else counts.recorded += 1;
      if (authored.problem === 'out_of_range') counts.dateOutOfRange += 1;
      if (authored.problem === 'unreadable') counts.dateUnreadable += 1;
      if (commit.latin1.length > 0) counts.latin1 += 1;
      if (isShortened(commit)) counts.shortened += 1;
      onProgress?.(counts);
    }
  }

  // They share one generator: each commit goes to one of them, and an error in any ends it for all.
  const outcomes = await Promise.allSettled(Array.from({ length: concurrency }, recordUntilNoneIsLeft));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return counts;
}
