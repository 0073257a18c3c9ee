import { describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../src/doctor/examine.js';
import { inClickHouse } from '../support/clickhouse.js';
import { runCommand } from '../support/command.js';
import { testDatabases } from '../support/outbox.js';

describe('waybill doctor', () => {
  it('shows what it looked at, a line each, and exits with 0 where all is well, notes aside', async () => {
    const databases = await testDatabases();
    const { exitCode, stdout, stderr } = await runCommand(['doctor', '--strict'], databases.environment);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Postgres\n {2}✔ Postgres \d+/);
    expect(stdout).toMatch(/\nClickHouse\n {2}✔ ClickHouse \d+/);
    expect(stdout).toMatch(/1 note; 1\d checks fine\.\n$/);
  });

  it('shows a finding with its code, what it means, and a command that keeps its line, in 110 columns', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 0',
    );
    const { exitCode, stdout } = await runCommand(['doctor'], databases.environment);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('✖ TABLE_WOULD_DOUBLE  ');
    expect(stdout).toContain('    → Let it remember.\n');
    expect(stdout).toMatch(
      /\n {6}ALTER TABLE .* MODIFY SETTING non_replicated_deduplication_window = 10000\n/,
    );
    expect(stdout).toMatch(/\n1 fatal, 1 note; \d+ checks fine\.\n$/);
    for (const line of stdout.split('\n').filter((each) => !/^ {6}\S/.test(each)))
      expect(line.length).toBeLessThanOrEqual(110);
  });

  it('exits with 0 on a warning, and with 1 where it is asked to be strict', async () => {
    const databases = await testDatabases();
    await inClickHouse(
      databases,
      'ALTER TABLE DB.event_log MODIFY SETTING non_replicated_deduplication_window = 1',
    );
    expect(await runCommand(['doctor'], databases.environment)).toMatchObject({ exitCode: 0 });
    const strict = await runCommand(['doctor', '--strict'], databases.environment);
    expect(strict.exitCode).toBe(1);
    expect(strict.stdout).toContain('▲ WINDOW_SHORT');
  });

  it('exits with 1 where a database cannot be reached, and with 3 where the other has something fatal', async () => {
    const databases = await testDatabases();
    const environment = { ...databases.environment, DATABASE_URL: 'postgres://u:geheim@127.0.0.1:1/x' };
    const unreachable = await runCommand(['doctor'], environment);
    expect(unreachable.exitCode).toBe(1);
    expect(unreachable.stdout).toContain('POSTGRES_UNREACHABLE');
    expect(unreachable.stdout).toContain('✔ ClickHouse');
    expect(unreachable.stdout).not.toContain('geheim');
    await inClickHouse(databases, 'DROP TABLE DB.event_log');
    expect(await runCommand(['doctor'], environment)).toMatchObject({ exitCode: 3 });
  });

  it('prints the same as JSON', async () => {
    const databases = await testDatabases();
    await inClickHouse(databases, 'DROP TABLE DB.event_log');
    const { exitCode, stdout } = await runCommand(['doctor', '--json'], databases.environment);
    expect(exitCode).toBe(3);
    const report = JSON.parse(stdout) as DoctorReport;
    expect(Date.parse(report.examinedAt)).toBeGreaterThan(0);
    expect(report.findings).toContainEqual({
      code: 'TABLE_MISSING',
      severity: 'fatal',
      side: 'clickhouse',
      summary: `ClickHouse has no table ${databases.clickhouseDatabase}.event_log, or this user may not see it.`,
      meaning: expect.stringContaining('Events are kept in the outbox') as string,
      advice: expect.stringContaining('\n  waybill migrate') as string,
    });
  });
});
