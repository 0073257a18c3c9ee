import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimTask } from '../../src/outbox/claimTask.js';
import { runCommand, startCommand, type CommandResult, type RunningCommand } from '../support/command.js';
import { createDatabases, type TestDatabases } from '../support/databases.js';
import { seedEvents } from '../support/outbox.js';
import { waitUntil } from '../support/waitUntil.js';

let databases: TestDatabases;
let worker: RunningCommand | undefined;
beforeEach(async () => {
  databases = await createDatabases();
});
afterEach(async () => {
  worker?.process.kill('SIGTERM');
  await worker?.ended;
  worker = undefined;
  await databases.drop();
});

function environment(): Readonly<Record<string, string>> {
  return { ...databases.environment, LOG_EVENTS_PARTITION_QUANTITY: '5', LOG_FORMAT: 'text' };
}

function waybill(...args: string[]): Promise<CommandResult> {
  return runCommand(args, environment());
}

/** Starts a worker and waits until both tasks have run, as they do at the first start. */
async function startWorker(): Promise<RunningCommand> {
  const started = startCommand(['worker'], environment());
  worker = started;
  await waitUntil('both tasks have run', async () => {
    const { stdout } = await waybill('tasks', 'list', '--json');
    const tasks = JSON.parse(stdout) as { lastFinishedAt?: string }[];
    return tasks.length === 2 && tasks.every(({ lastFinishedAt }) => lastFinishedAt !== undefined);
  });
  return started;
}

describe('waybill worker', () => {
  it('tells in its log which engine starts which tasks, how often, and when they are due next', async () => {
    const started = await startWorker();
    expect(started.stderr()).toMatch(/worker started {2}worker=\S+ engine=postgres\n/);
    expect(started.stderr()).toMatch(
      /task scheduled {2}task=process_events every="10 min" nextDueAt="?\d{4}-/,
    );
    expect(started.stderr()).toMatch(
      /task scheduled {2}task=clean_events_outbox every="1 d" nextDueAt="?\d{4}-/,
    );
  });
});

describe('waybill tasks', () => {
  it('says what to do where no worker has ever started, and changes nothing', async () => {
    expect(await waybill('tasks', 'list')).toMatchObject({
      exitCode: 0,
      stdout: 'No worker has ever started. Start one: waybill worker\n',
    });
    for (const part of ['pause', 'resume', 'run']) {
      expect(await waybill('tasks', part, 'process_events')).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('No worker has ever started here') as unknown,
      });
    }
  });

  it('has a worker run a task now, even a paused one, and shows the report of that run', async () => {
    await startWorker();
    const paused = await waybill('tasks', 'pause', 'process_events', '--by', 'anna', '--reason', 'a test');
    expect(paused).toMatchObject({ exitCode: 0, stderr: '' });
    expect(paused.stdout).toContain('Paused process_events.');
    expect((await waybill('tasks', 'list')).stdout).toMatch(
      /process_events +postgres +10 min +paused .* by anna/,
    );
    await seedEvents(databases, 12);

    const ran = await waybill('tasks', 'run', 'process_events', '--by', 'ben', '--wait', '20s', '--json');
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      report: { eventsDelivered: 10, endedBecause: 'drained' },
    });

    expect((await waybill('tasks', 'pause', 'process_events')).stdout).toContain('paused already');
    expect((await waybill('tasks', 'resume', 'process_events', '--by', 'anna')).stdout).toContain('Resumed');
    expect((await waybill('tasks', 'resume', 'process_events')).stdout).toContain('is not paused');
    const { stdout } = await waybill('actions');
    expect(stdout).toMatch(/anna +resume +0 +task process_events/);
    expect(stdout).toMatch(/ben +run +0 +task process_events/);
    expect(stdout).toMatch(/anna +pause +0 +task process_events +a test/);
  });

  it("shows a run by the clock of Postgres, however far this machine's is ahead", async () => {
    await startWorker();
    worker?.process.kill('SIGTERM');
    await worker?.ended;
    await claimTask(databases.outbox, {
      name: 'process_events',
      trigger: 'message',
      claimedBy: 'somebody',
      leaseMs: 60_000,
    });
    const hourAhead = `globalThis.Date = class extends Date {
      constructor(...given) { super(...(given.length > 0 ? given : [Date.now() + 3_600_000])); }
    }`;
    const environmentAhead = {
      ...environment(),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hourAhead)}`,
    };
    for (const args of [['tasks', 'list'], ['status']]) {
      const { stdout } = await runCommand(args, environmentAhead);
      expect(stdout).toMatch(/process_events .* running in somebody/);
    }
  });

  it('says so when no worker takes up the run, which stands', async () => {
    await startWorker();
    worker?.process.kill('SIGTERM');
    await worker?.ended;
    const asked = await waybill('tasks', 'run', 'clean_events_outbox', '--wait', '1s', '--by', 'anna');
    expect(asked).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('No worker has taken it up. The request stands.') as unknown,
    });
    expect((await waybill('tasks', 'list')).stdout).toMatch(/clean_events_outbox .* asked for by anna/);
  });

  it.each([
    [['pause', 'process_evnts'], 'Allowed choices are process_events, clean_events_outbox'],
    [['pause', 'process_events', '--by', ''], '--by received ""'],
    [['run', 'process_events', '--ttl', '0s'], '--ttl received 0'],
    [['run', 'process_events', '--ttl', 'soon'], 'received "soon"; allowed: a duration'],
    [['run', 'process_events', '--json'], '--json goes with --wait'],
  ])('refuses %j', async (args, message) => {
    expect(await waybill('tasks', ...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message) as unknown,
    });
  });
});
