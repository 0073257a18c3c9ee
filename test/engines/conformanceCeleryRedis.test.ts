import { describe } from 'vitest';
import { celeryOnRedis } from './support/celeryBrokers.js';
import { celeryKind } from './support/celeryKind.js';
import { testBesidePostgres, testConformance } from './support/conformance.js';

const kind = celeryKind(celeryOnRedis);

describe(kind.name, () => {
  testConformance(kind);
});

describe(`postgres and ${kind.name} on one database`, () => {
  testBesidePostgres(kind);
});
