import { expect, it } from 'vitest';
import { statementsPerBatch } from './batchStatements.js';

it('counts what each batch takes, and not what a run takes once or in vain', () => {
  const statements = [
    { text: 'BEGIN', calls: 32 },
    { text: 'COPY', calls: 10 },
    { text: 'INSERT INTO run', calls: 1 },
  ];
  expect(statementsPerBatch(statements, 10)).toBe(4);
});
