import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { CampaignFailure, CampaignResult } from './campaign.js';
import { addCounts } from './journal.js';

export interface LongCampaign {
  readonly histories: number;
  /** Seed of the first part; each further part has the next. */
  readonly seed: number;
  readonly onProgress: (histories: number) => void;
}

export interface LongCampaignResult {
  readonly histories: number;
  readonly counts: Map<string, number>;
  readonly failures: CampaignFailure[];
  readonly threads: number;
}

/** Histories of one part, which has a seed of its own. */
const partHistories = 5_000;

/** Runs a campaign in parts, on all processors, up to the first part that fails. */
export async function runLongCampaign(campaign: LongCampaign): Promise<LongCampaignResult> {
  const { histories, seed } = campaign;
  const parts = Math.ceil(histories / partHistories);
  const threads = Math.min(parts, availableParallelism());
  const failures: CampaignFailure[] = [];
  const result = {
    histories: 0,
    counts: new Map<string, number>(),
    failures,
    threads,
  };
  let begun = 0;
  const runParts = async (): Promise<void> => {
    const thread = new Worker(new URL('./historyThread.js', import.meta.url));
    try {
      while (begun < parts && failures.length === 0) {
        const part = begun;
        begun += 1;
        const size = Math.min(partHistories, histories - part * partHistories);
        thread.postMessage({ histories: size, seed: seed + part });
        // The thread answers with nothing else.
        const [done] = (await once(thread, 'message')) as [CampaignResult];
        result.histories += done.histories;
        addCounts(result.counts, done.counts);
        if (done.failure !== undefined) failures.push(done.failure);
        campaign.onProgress(result.histories);
      }
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, runParts));
  return result;
}
