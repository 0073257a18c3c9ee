import { describe } from 'vitest';
import { bullmqKind } from './support/bullmqKind.js';
import { testBesidePostgres, testConformance } from './support/conformance.js';

describe(bullmqKind.name, () => {
  testConformance(bullmqKind);
});

describe(`postgres and ${bullmqKind.name} on one database`, () => {
  testBesidePostgres(bullmqKind);
});
