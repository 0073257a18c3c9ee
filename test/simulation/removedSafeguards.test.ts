import { describe, expect, it } from 'vitest';
import type { Alterations } from './alterations.js';
import { runCampaign } from './campaign.js';
import type { Circumstances } from './circumstances.js';

/** Each must be found within so many histories. */
const historiesMax = 8_000;

/** Inserts in trouble, workers that die and stop, and a ClickHouse that remembers few tokens. */
const rough: Partial<Circumstances> = {
  deduplicationWindow: 2,
  insertFaultsPerMille: 500,
  stops: 3,
  months: 3,
};

/** Inserts that often store a part of their months, beside others whose blocks push their tokens out at once. */
const halves: Partial<Circumstances> = {
  ...{ deduplicationWindow: 1, othersBlocks: 12, months: 3, quantity: 4, retries: 5, refusal: 'none' },
  ...{
    insertFaultsPerMille: 700,
    callFaultsPerMille: 0,
    stumblesPerMille: 0,
    kills: 0,
    stops: 0,
    outages: 0,
  },
};

const safeguards: readonly (readonly [string, Alterations, Partial<Circumstances>])[] = [
  ['ClickHouse ignores tokens', { tokensIgnored: true }, {}],
  ['a count finds every batch whole', { countSays: 'all' }, {}],
  ['a count never finds anything', { countSays: 'none' }, rough],
  ['a count takes one row twice for two events', { countSays: 'rows only' }, halves],
  ['Postgres takes writes of workers that lost their claim', { fenceIgnored: true }, {}],
  ['old inserts are not ended', { killEndsNothing: true }, rough],
  ['a stopped worker does not notice how long', { clockStopsWithWorker: true }, { stops: 3 }],
  ['each attempt passes for the first', { attemptsNotCounted: true }, rough],
  ['an outage looks like bad data', { outageLooksLikeRefusal: true }, { insertFaultsPerMille: 500 }],
  ['rows of a replaced batch are not deleted', { deleteDoesNothing: true }, rough],
  ['a batch is sent beside the rows of the one it replaces', { purgeForgotten: true }, rough],
  ['cleaning takes events that are not delivered', { cleanedTooEarly: true }, {}],
  ['claims never expire', { claimsNeverExpire: true }, {}],
];

describe('the simulation reports it when', () => {
  it.each(safeguards)(
    '%s',
    async (_what, alterations, circumstances) => {
      const campaign = { histories: historiesMax, seed: 1, isMadeSmaller: false };
      const { failure } = await runCampaign({ ...campaign, options: { alterations, circumstances } });
      expect(failure?.breach).toBeDefined();
    },
    120_000,
  );
});
