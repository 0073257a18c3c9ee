import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Phase, Weakening } from './harness/crashOrder.js';
import { discoverSteps } from './harness/discoverSteps.js';
import { roles, type Role } from './harness/roleProcess.js';
import { describeResult, runCell, type CellResult } from './harness/runCell.js';
import type { CellContext } from './harness/scene.js';
import { expectedSteps } from './harness/steps.js';
import { createScenarios, dropScenarios } from './harness/templates.js';
import { unreachedFiles } from './unreached.js';

let context: CellContext;

beforeAll(async () => {
  const engines = { postgresUrl: inject('postgresUrl'), clickhouseUrl: inject('clickhouseUrl') };
  context = { engines, scenarios: await createScenarios(engines) };
});

afterAll(() => dropScenarios(context.engines, context.scenarios));

describe('the steps of the crash matrix', () => {
  it.each(roles)('are those that a %s reaches, each as often as it is killed there', async (role) => {
    const reached = await discoverSteps(context, role);
    expect([...reached.keys()].sort()).toEqual(Object.keys(expectedSteps[role]).sort());
    const tooSeldom = Object.entries(expectedSteps[role]).filter(
      ([step, passes]) => Math.max(...passes) > (reached.get(step)?.get('before') ?? 0),
    );
    expect(tooSeldom).toEqual([]);
  });

  it('are in every file that sends a statement, but for those that say why not', () => {
    const files = Object.values(expectedSteps).flatMap((steps) => Object.keys(steps).map(fileOfStep));
    const reasons = Object.keys(unreachedFiles);
    const senders = filesWithStatements();
    expect(senders.filter((file) => !files.includes(file) && !reasons.includes(file))).toEqual([]);
    expect(reasons.filter((file) => files.includes(file) || !senders.includes(file))).toEqual([]);
  });
});

describe('kill -9 leaves every event where it belongs, once', () => {
  it.each<[Role, string, Phase, number]>([
    ['producer', 'capture/insertEvents INSERT event (logEvent)', 'after', 2],
    ['producer', 'capture/pgTransactions.run COMMIT', 'sent', 1],
    ['migrator', 'migration/postgresMigrations CREATE FUNCTION (migrate)', 'after', 1],
    ['migrator', 'migration/clickhouseMigrations.runStatement CREATE TABLE (migrate)', 'after', 2],
    ['upgrader', 'migration/postgresMigrations ALTER TABLE (migrate)', 'sent', 1],
    ['worker', 'eventlog/insertBatch INSERT event_log (sendBatch)', 'midway', 1],
    ['worker', 'eventlog/insertBatch INSERT event_log (sendBatch)', 'after', 1],
    ['worker', 'outbox/replaceBatch WITH (recordRefusal)', 'sent', 1],
    ['worker', 'eventlog/deleteBatch ALTER TABLE (purgeBatch)', 'before', 1],
    ['cleaner', 'outbox/dropDeliveredPartitions.changePartition TRUNCATE (cleanEventsOutbox)', 'after', 1],
    ['cleaner', 'outbox/deleteDeliveredEvents DELETE event (cleanEventsOutbox)', 'sent', 2],
  ])('%s at %s, %s, pass %i', async (role, step, phase, pass) => {
    const result = await runCell(context, { role, point: { step, phase, pass } });
    expect(describeResult(result)).toBe('as the ledger says');
  });
});

describe('the crash matrix reports', () => {
  it('a loss where the change and its event are not in one transaction', async () => {
    const result = await killWeakened('producer', 'capture/insertEvents INSERT event (logEvent)', 'before', {
      step: 'capture/pgTransactions.run BEGIN',
      find: 'BEGIN',
      replace: 'SELECT 1',
      untilRestart: true,
    });
    expect(result).toMatchObject({ kind: 'compared', comparison: { lost: ['order 0.1#0'] } });
  });

  it('doubles where attempts and tokens are forgotten', async () => {
    const result = await killWeakened('worker', 'outbox/markDelivered WITH (recordDelivery)', 'before', {
      step: 'outbox/takeBatch SELECT (#take)',
      find: 'SELECT *',
      replace:
        'SELECT batch_id, claim_epoch, event_count, first_event_time, last_event_time, 1 AS attempt_count, ' +
        'purge_parent_id, sealed, oldest_waiting_at',
      tokens: false,
    });
    expect(result.kind === 'compared' && result.comparison.doubled.length).toBeGreaterThan(0);
  });
});

function killWeakened(role: Role, step: string, phase: Phase, weaken: Weakening): Promise<CellResult> {
  return runCell(context, { role, point: { step, phase, pass: 1 } }, weaken);
}

/** `outbox/readBatch` of `outbox/readBatch.startCopy COPY (sendBatch)`. */
function fileOfStep(step: string): string {
  return /^[^ .]+/.exec(step)?.[0] ?? '';
}

/** The files of the product, without their ending, that send a statement to a database. */
function filesWithStatements(): string[] {
  const sends = /(?:\.query|\.command|\.insert|client\.exec|\bqueryRows)(?:<[^()]*>)?\(/;
  const comments = /\/\*[^]*?\*\/|\/\/.*/g;
  return ['capture', 'outbox', 'eventlog', 'migration'].flatMap((folder) => {
    const path = fileURLToPath(new URL(`../../src/${folder}/`, import.meta.url));
    return readdirSync(path)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .filter((file) => sends.test(readFileSync(`${path}${file}`, 'utf8').replaceAll(comments, '')))
      .map((file) => `${folder}/${file.slice(0, -'.ts'.length)}`);
  });
}
