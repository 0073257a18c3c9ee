import { describe, expect, it } from 'vitest';
import type { CapacityPlan } from '../../src/capacity/plan.js';
import { runCommand } from '../support/command.js';

describe('waybill capacity', () => {
  it('needs no database and no variable, and tells what to set', async () => {
    const { exitCode, stdout, stderr } = await runCommand(['capacity', '--events-per-second', '5000']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('5,000 events a second of 337 bytes, queryable in ClickHouse within 1 s');
    for (const variable of [
      'LOG_EVENTS_PARTITION_QUANTITY',
      'LOG_SENDING_FREQUENCY_IN_MINUTES',
      'LOG_EVENTS_MAX_WAIT_IN_MINUTES',
      'DELIVERY_CONCURRENCY',
      'OUTBOX_CLEAN_IN_MINUTES',
      'EVENT_PARTITION_SIZE',
    ])
      expect(stdout).toMatch(new RegExp(`^  ${variable} +[\\d.]+`, 'm'));
    expect(stdout).not.toMatch(/^ +=/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('recommends options that the worker takes', async () => {
    const { stdout } = await runCommand(['capacity', '--events-per-second', '250000', '--freshness', '3s']);
    const recommended = [...stdout.matchAll(/^ {2}([A-Z]+_[A-Z_]+) +([\d.]+)/gm)].map(
      ([, variable = '', value = '']) => [variable, value] as const,
    );
    expect(recommended).toHaveLength(6);
    const { exitCode, stdout: config } = await runCommand(['config'], Object.fromEntries(recommended));
    expect(exitCode).toBe(0);
    for (const [variable, value] of recommended)
      expect(config).toMatch(new RegExp(`^${variable} +${value.replace('.', '\\.')} +environment`, 'm'));
  });

  it('shows the computation of each figure with --explain', async () => {
    const { stdout } = await runCommand(['capacity', '--events-per-second', '5000', '--explain']);
    expect(stdout).toMatch(/network +1\.69 MB a second.*\n +(in and out.*\n +)?= 5,000 × 337 bytes/);
    expect(stdout).toMatch(/connections +at most 20\n += 2 workers × \(2 × 4 \+ 2\)/);
  });

  it('prints the figures as JSON, and takes every option', async () => {
    const { exitCode, stdout } = await runCommand([
      'capacity',
      ...['--events-per-second', '1000000', '--bytes-per-event', '500', '--batch', '20000'],
      ...['--freshness', '5s', '--network-ms', '2.5', '--postgres-cores', '32', '--json'],
    ]);
    expect(exitCode).toBe(0);
    const plan = JSON.parse(stdout) as CapacityPlan;
    expect(plan.demand).toEqual({
      eventsPerSecond: 1_000_000,
      bytesPerEvent: 500,
      batchEventsMax: 20_000,
      freshnessMs: 5_000,
      networkMs: 2.5,
      postgresCores: 32,
    });
    expect(plan.delivery.batchEventsMax).toBe(20_000);
    expect(plan.servers.count * plan.servers.eventsPerSecondEach).toBeCloseTo(1_000_000, 3);
  });

  it.each([
    [[], "required option '--events-per-second <number>' not specified"],
    [['--events-per-second', '0'], 'received "0"; allowed: a number from 0.001 to 1000000000'],
    [['--events-per-second', '1e6'], 'received "1e6"; allowed: a number from'],
    [['--events-per-second', '5', '--batch', '0'], 'allowed: a whole number from 1 to 1000000'],
    [['--events-per-second', '5', '--batch', '2.5'], 'received "2.5"; allowed: a whole number'],
    [['--events-per-second', '5', '--bytes-per-event', '3'], 'allowed: a whole number from 100 to'],
    [['--events-per-second', '5', '--freshness', 'soon'], 'allowed: a duration such as 30s'],
    [['--events-per-second', '5', '--freshness', '1ms'], 'allowed: a duration from 120ms to 24h'],
    [['--events-per-second', '5', '--network-ms', '-1'], 'received "-1"; allowed: a number from 0'],
  ])('refuses %j with exit code 2 and says what is allowed', async (args, message) => {
    const { exitCode, stdout, stderr } = await runCommand(['capacity', ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
