import { describe, expect, it } from 'vitest';
import { resolveOptions, type GivenOptions, type WaybillOptions } from '../config/options.js';
import type { OpenTransaction } from '../outbox/readOpenTransactions.js';
import { judgeDisks } from './checkCapacity.js';
import { checkClock } from './checkClock.js';
import { judgeTransactions } from './checkOpenTransactions.js';
import { judgeServer } from './checkPostgres.js';
import { judgeSettings } from './checkSettings.js';
import { checkWindow } from './checkWindow.js';
import { describeTtl } from './tableTtl.js';

// What cannot be had of a real server within a test: old versions, wrong clocks, full disks, hours of waiting.

function optionsOf(given: GivenOptions = {}): WaybillOptions {
  return resolveOptions({ given, environment: {}, envFile: null }).options;
}

describe('a clock', () => {
  const asked = { askedAtMs: 1_000_000, answeredAtMs: 1_010_000 };

  it('is not blamed for the time that its answer took', () => {
    expect(checkClock('postgres', { ...asked, serverMs: 1_000_100 })).toEqual([]);
    expect(checkClock('postgres', { ...asked, serverMs: 1_014_000 })).toEqual([]);
  });

  it('is named when it is ahead or behind by more than that and five seconds', () => {
    expect(checkClock('postgres', { ...asked, serverMs: 1_017_000 })).toMatchObject([
      { code: 'CLOCKS_DIFFER', summary: 'The clock of Postgres is 7.0 s ahead of that of this machine.' },
    ]);
    expect(checkClock('clickhouse', { ...asked, serverMs: 880_000 })).toMatchObject([
      { code: 'CLOCKS_DIFFER', summary: 'The clock of ClickHouse is 2 min behind that of this machine.' },
    ]);
  });
});

describe('a Postgres', () => {
  it('before 14 is too old', () => {
    const server = { version: '13.9', versionNumber: 130_009, role: 'worker', nowMs: 0, readOnly: false };
    expect(judgeServer({ ...server, defaultIsolation: 'read committed' })).toMatchObject([
      { code: 'POSTGRES_TOO_OLD', severity: 'fatal' },
    ]);
  });
});

describe('an open transaction', () => {
  const open: OpenTransaction = {
    pid: 7,
    preparedAs: undefined,
    role: 'app',
    applicationName: 'checkout',
    state: 'idle in transaction',
    ageMs: 61_000,
    statementAgeMs: 59_000,
    writes: true,
  };

  it('that writes holds back ids after a minute, and one that only reads holds back cleaning after ten', () => {
    expect(judgeTransactions([open], '"w"')).toMatchObject([
      {
        code: 'TRANSACTION_HOLDS_IDS',
        summary:
          'A transaction of role app (pid 7, application checkout, idle in transaction, its latest statement 59.0 s old) has held table event for 1 min 1 s.',
        advice: expect.stringContaining('\n  SELECT pg_terminate_backend(7);') as string,
      },
    ]);
    expect(judgeTransactions([{ ...open, writes: false }], '"w"')).toMatchObject([{ severity: 'ok' }]);
    expect(judgeTransactions([{ ...open, writes: false, ageMs: 601_000 }], '"w"')).toMatchObject([
      { code: 'TRANSACTION_HOLDS_CLEANING' },
    ]);
  });

  it('that is prepared is named by its name', () => {
    const prepared = { ...open, pid: undefined, preparedAs: "it's", statementAgeMs: undefined };
    const [finding] = judgeTransactions([prepared], '"w"');
    expect(finding?.advice).toContain("\n  ROLLBACK PREPARED 'it''s';");
  });

  it('of which the age may not be seen is a note', () => {
    expect(judgeTransactions([{ ...open, ageMs: undefined }], '"w"')).toMatchObject([
      { code: 'TRANSACTIONS_HIDDEN', severity: 'note' },
    ]);
  });
});

describe('a deduplication window', () => {
  const table = { database: 'default', table: 'event_log' };
  const codes = (
    blocks: number,
    seconds: number | undefined,
    perHour: number,
    given: GivenOptions = {},
  ): string[] =>
    checkWindow({ blocks, setting: 'the_window', seconds }, perHour, optionsOf(given), table).map(
      ({ code }) => code,
    );

  it('must hold what is delivered while a batch may be tried again, at the pace of the busiest hour', () => {
    // 6 attempts of 150 s, a lease of a minute, ten minutes to the next run: 26 minutes, in which 26,000 batches pass.
    expect(codes(60_000, undefined, 60_000)).toEqual(['WINDOW_FITS']);
    expect(codes(50_000, undefined, 60_000)).toEqual(['WINDOW_SHORT']);
    expect(codes(10_000, undefined, 0)).toEqual(['WINDOW_FITS']);
  });

  it('must last that long too where it knows time', () => {
    expect(codes(10_000, 26 * 60, 0)).toEqual(['WINDOW_FITS']);
    expect(codes(10_000, 25 * 60, 0)).toEqual(['WINDOW_SHORT']);
    expect(codes(10_000, 3_600, 0, { logSendingFrequencyInMinutes: 60 })).toEqual(['WINDOW_SHORT']);
  });
});

describe('a TTL', () => {
  const codes = (text: string): string[] =>
    describeTtl(`MergeTree ORDER BY event_id ${text} SETTINGS index_granularity = 8192`, 'db.t').map(
      ({ code }) => code,
    );

  it('that deletes is a note, and a warning below a week', () => {
    expect(codes('')).toEqual([]);
    expect(codes('TTL toDateTime(event_date_time) + toIntervalMonth(3)')).toEqual(['TABLE_HAS_TTL']);
    expect(codes('TTL toDateTime(event_date_time) + toIntervalDay(3)')).toEqual(['TABLE_TTL_SHORT']);
    expect(codes("TTL if(event_type = 'x', toDateTime(event_date_time), now())")).toEqual(['TABLE_HAS_TTL']);
  });

  it('that only moves data is nothing', () => {
    const moves = "TTL toDateTime(event_date_time) + toIntervalDay(1) TO DISK 'cold'";
    expect(codes(moves)).toEqual([]);
    expect(codes(`${moves}, toDateTime(event_date_time) + toIntervalYear(1)`)).toEqual(['TABLE_HAS_TTL']);
  });
});

describe('a setting that is pinned', () => {
  const setting = { name: 'async_insert', value: '1', readOnly: true, min: undefined, max: undefined };

  it('may be fixed where it is what we want', () => {
    expect(judgeSettings([{ ...setting, value: '0' }], { async_insert: 0 })).toMatchObject([
      { severity: 'ok' },
    ]);
    expect(judgeSettings([setting], { async_insert: 0 })).toMatchObject([{ code: 'SETTING_NOT_ALLOWED' }]);
  });

  it('may be bounded where what we want lies within', () => {
    const bounded = { ...setting, readOnly: false, min: '10', max: '100' };
    expect(judgeSettings([bounded], { async_insert: 50 })).toMatchObject([{ severity: 'ok' }]);
    expect(judgeSettings([bounded], { async_insert: 5 })).toMatchObject([{ severity: 'fatal' }]);
    expect(judgeSettings([bounded], { async_insert: 500 })).toMatchObject([{ severity: 'fatal' }]);
  });
});

describe('a disk', () => {
  it('is nearly full with less than a twentieth left', () => {
    expect(judgeDisks([{ name: 'd', freeBytes: 6, totalBytes: 100 }])).toEqual([]);
    expect(judgeDisks([{ name: 'd', freeBytes: 4, totalBytes: 100 }])).toMatchObject([
      { code: 'DISK_NEARLY_FULL' },
    ]);
  });
});
