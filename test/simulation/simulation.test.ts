import { beforeAll, describe, expect, it } from 'vitest';
import { runCampaign, type CampaignResult } from './campaign.js';
import { runHistory } from './history.js';

const histories = 10_000;
const seed = 1;

/** What a campaign must have met, each at least once: one that never gets there proves nothing. */
const kinds = [
  ...['fault: worker killed', 'fault: worker stopped for a while', 'fault: worker asked to stop'],
  ...['fault: request lost', 'fault: answer lost', 'fault: request held up', 'fault: no answer in time'],
  ...[
    'fault: server unavailable',
    'fault: ClickHouse down',
    'fault: Postgres down',
    'fault: rights taken away',
  ],
  ...['fault: insert lost', 'fault: insert held up', 'fault: answer to an insert lost'],
  ...['fault: connection of an insert reset', 'fault: read of a batch fails half-way'],
  ...['fault: early answer to an insert', 'fault: answer to an insert without a summary'],
  ...['fault: server unavailable for an insert', 'fault: insert ends between two months'],
  ...['fault: rows refused for a value', 'fault: rows stored, then refused by a view'],
  ...['outcome: delivered', 'outcome: unknown', 'outcome: unavailable', 'outcome: misconfigured'],
  ...['outcome: rejected', 'outcome: claim_lost'],
  ...['run: drained', 'run: ttl_over', 'run: stopped', 'run: retries_exhausted', 'run: too_many_rejected'],
  ...['run: misconfigured', 'run: failed'],
  ...['step: batch split', 'step: batch replaced by another', 'step: event quarantined'],
  ...['step: rows of a replaced batch are deleted', 'step: a running insert is ended'],
  ...['step: block recognised by its token', 'step: a token is forgotten', 'step: quarantine released'],
];

describe(`the delivery of ${histories.toLocaleString('en')} simulated histories`, () => {
  let campaign: CampaignResult;
  beforeAll(async () => {
    campaign = await runCampaign({ histories, seed });
  }, 300_000);

  it('loses nothing, doubles nothing, invents nothing and comes to an end, whatever goes wrong', () => {
    expect(campaign.failure).toBeUndefined();
    expect(campaign.histories).toBe(histories);
  });

  it.each(kinds)('meets "%s"', (kind) => {
    expect(campaign.counts.get(kind) ?? 0).toBeGreaterThan(0);
  });
});

describe('a history', () => {
  it('goes the same way each time its plan is run', async () => {
    const plan = { seed: 4_711, calmFrom: 100_000, calmed: [] };
    const first = await runHistory(plan, { isWritten: true });
    expect(first.lines.length).toBeGreaterThan(50);
    expect(await runHistory(plan, { isWritten: true })).toEqual(first);
  });

  it('that fails is found again by its seed and path', async () => {
    const options = { alterations: { tokensIgnored: true } };
    const { failure } = await runCampaign({ histories: 2_000, seed: 1, options });
    if (failure === undefined) throw new Error('Nothing failed.');
    const again = await runCampaign({ histories: 2_000, seed: failure.seed, path: failure.path, options });
    expect(again.failure).toMatchObject({ plan: failure.plan, breach: failure.breach });
  }, 120_000);
});
