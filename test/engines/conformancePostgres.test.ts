import { describe } from 'vitest';
import { testConformance } from './support/conformance.js';
import { postgresKind } from './support/postgresKind.js';

describe(postgresKind.name, () => {
  testConformance(postgresKind);
});
