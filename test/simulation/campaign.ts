import fc from 'fast-check';
import type { HistoryPlan } from './choices.js';
import { runHistory, type HistoryOptions } from './history.js';
import { addCounts } from './journal.js';
import { historyPlans } from './planArbitrary.js';

export interface Campaign {
  readonly histories: number;
  readonly seed: number;
  /** Replays the one history that fast-check has reported with the seed. */
  readonly path?: string | undefined;
  /** Whether a failing history is made smaller. Default true. */
  readonly isMadeSmaller?: boolean;
  readonly options?: HistoryOptions;
}

export interface CampaignFailure {
  readonly seed: number;
  readonly path: string;
  readonly breach: string;
  /** The smallest plan that was found to fail. */
  readonly plan: HistoryPlan;
}

export interface CampaignResult {
  readonly histories: number;
  readonly counts: Map<string, number>;
  readonly failure: CampaignFailure | undefined;
}

/** Histories tried to make a failing one smaller. */
const smallerHistoriesMax = 1_500;

/** Runs histories whose plans fast-check draws from a seed, up to the first that fails, and makes that one smaller. */
export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { histories, seed, path, isMadeSmaller = true, options } = campaign;
  const counts = new Map<string, number>();
  let run = 0;
  let smaller = 0;
  let hasFailed = false;
  const property = fc.asyncProperty(historyPlans, async (plan) => {
    if (hasFailed && (smaller += 1) > smallerHistoriesMax) return;
    const { breach, counts: ofOne } = await runHistory(plan, options);
    if (!hasFailed) {
      run += 1;
      addCounts(counts, ofOne);
    }
    if (breach === undefined) return;
    hasFailed = true;
    throw new Error(breach);
  });
  const details = await fc.check(property, {
    seed,
    numRuns: histories,
    // A replay is that one history, and not made smaller again.
    ...(path === undefined ? {} : { path }),
    endOnFailure: path !== undefined || !isMadeSmaller,
  });
  const plan = details.counterexample?.[0];
  const failure =
    plan === undefined
      ? undefined
      : { seed, plan, path: details.counterexamplePath ?? '', breach: breachOf(details.errorInstance) };
  return { histories: run, counts, failure };
}

function breachOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
