import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { captureEvents } from '../../src/capture/captureEvents.js';
import { readTasks } from '../../src/outbox/readTasks.js';
import { deliveredEventIds, type TestDatabases } from '../support/databases.js';
import { startCommand, type RunningCommand } from '../support/command.js';
import { waitUntil } from '../support/waitUntil.js';
import { runPython, startBeat, startPython, type CeleryEnvironment } from './support/celery.js';
import { brokerPassword, celeryBrokerKinds } from './support/celeryBrokers.js';
import { openCeleryTest } from './support/celeryTest.js';

const year = fileURLToPath(new URL('support/beatYear.py', import.meta.url));
const example = fileURLToPath(new URL('../../examples/celery', import.meta.url));
/** A start of Python or Node on a busy machine, and a first interval. */
const firstMs = 60_000;

interface Year {
  readonly sent: number;
  readonly early: readonly (readonly [string, string])[];
  readonly late: readonly (readonly [string, string])[];
  readonly restarts: number;
}

async function playYear(minutes: number, zone: string, variant: 'ours' | 'plain'): Promise<Year> {
  return JSON.parse(await runPython([year, String(minutes), zone, variant])) as Year; // as the script writes it
}

describe('a year of Celery Beat with the schedule of the example', () => {
  for (const zone of ['UTC', 'Europe/Berlin']) {
    it.each([7, 45, 1_440])(
      `sends every %i minutes, none twice and none left out, over restarts, in ${zone}`,
      async (minutes) => {
        const { sent, early, late, restarts } = await playYear(minutes, zone, 'ours');
        expect({ early, late, restarts }).toEqual({ early: [], late: [], restarts: 30 });
        // All but what 30 absences of up to five hours cost.
        const full = (365 * 1_440) / minutes;
        expect(sent).toBeLessThanOrEqual(full);
        expect(sent).toBeGreaterThan(full - (30 * 5 * 60) / minutes - 31);
      },
    );
  }

  it('would be an hour early in spring and an hour late in autumn with bare intervals', async () => {
    const { early, late } = await playYear(45, 'Europe/Berlin', 'plain');
    expect(early.map(([last]) => last.slice(0, 10))).toEqual(['2026-03-29']);
    expect(late.map(([last]) => last.slice(0, 10))).toContain('2026-10-25');
  });
});

describe.each(celeryBrokerKinds)('waybill worker with a real Celery Beat on $name', (kind) => {
  interface Scene {
    readonly databases: TestDatabases;
    readonly environment: CeleryEnvironment;
    readonly queue: string;
    readonly worker: RunningCommand;
  }

  /** A worker as a user starts it, and events that wait for it. */
  async function open(): Promise<Scene> {
    const broker = await kind.startBroker();
    onTestFinished(() => broker.close());
    const { databases, environment: celery, queue } = await openCeleryTest(broker);
    const environment = {
      ...celery,
      LOG_SENDING_FREQUENCY_IN_MINUTES: '0.05',
      OUTBOX_CLEAN_IN_MINUTES: '0.05',
    };
    const worker = startCommand(['worker'], {
      ...databases.environment,
      ...environment,
      TASK_ENGINE: 'celery',
      LOG_EVENTS_MAX_WAIT_IN_MINUTES: '0',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
    });
    onTestFinished(() => void worker.process.kill('SIGKILL'));
    const events = Array.from({ length: 10 }, () => ({ eventType: 'order_placed', eventContext: {} }));
    const client = await databases.pool.connect();
    await captureEvents(client, events);
    client.release();
    return { databases, environment, queue, worker };
  }

  async function endsWell({ databases, worker }: Scene): Promise<void> {
    await waitUntil(
      'the events are delivered',
      async () => (await deliveredEventIds(databases.eventLog)).length === 10,
      firstMs,
    );
    await waitUntil('both tasks have run', async () => {
      const tasks = await readTasks(databases.outbox);
      return tasks.every(({ lastFinishedAt, engine }) => lastFinishedAt !== undefined && engine === 'celery');
    });
    worker.process.kill('SIGTERM');
    const { exitCode, stderr } = await worker.ended;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('"waits for messages of Celery"');
    expect(stderr).toContain('"task scheduled"');
    for (const secret of [brokerPassword, encodeURIComponent(brokerPassword)])
      expect(stderr).not.toContain(secret);
  }

  it('delivers events when Beat runs for it alone', async () => {
    const scene = await open();
    const beat = await startBeat(scene.environment);
    onTestFinished(() => beat.stop());
    await endsWell(scene);
    expect(beat.output()).toContain('Sending due task waybill-process-events');
  });

  it('delivers events when somebody asks from Python, and gives the report', async () => {
    const scene = await open();
    const printed = await runPython(['run_now.py'], scene.environment);
    expect(printed).toContain("'eventsDelivered': 10");
    expect(printed).toContain("'endedBecause': 'drained'");
    expect((await deliveredEventIds(scene.databases.eventLog)).length).toBe(10);
    scene.worker.process.kill('SIGTERM');
    expect((await scene.worker.ended).exitCode).toBe(0);
  });

  it('delivers events when the Beat of a team starts its tasks, too', async () => {
    const scene = await open();
    const directory = await mkdtemp(join(tmpdir(), 'waybill-team-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await cp(example, directory, { recursive: true });
    const beat = startPython(
      ['-m', 'celery', '--app', 'team_app', 'beat', '--loglevel', 'info', '--pidfile', ''],
      scene.environment,
      directory,
    );
    onTestFinished(() => beat.stop());
    await endsWell(scene);
  });
});
