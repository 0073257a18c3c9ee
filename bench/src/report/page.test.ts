import { describe, expect, it } from 'vitest';
import { composePage } from './page.js';
import type { StoredSection } from './storedSection.js';

const machine: StoredSection['machine'] = {
  cpu: 'Some CPU',
  cores: 2,
  memoryGigabytes: 24,
  kernel: 'Linux 6',
  node: '20.20.2',
  postgres: '18.4',
  clickhouse: '26.7',
  fsync: { medianMs: 0.5, p99Ms: 2 },
  commit: 'abc',
  postgresSettings: { shared_buffers: '1GB' },
};

const drain: StoredSection = {
  section: 'drain',
  title: 'Draining a backlog',
  measuredAt: '2026-01-02T03:04:05.678Z',
  durationSeconds: 61.2,
  options: { quick: false },
  machine,
  tables: [
    {
      title: '1,000 records a batch',
      note: 'Medians of 5 rounds.',
      columns: ['contender', 'records/s'],
      rows: [
        ['psql | curl', 164_000.4],
        ['ClickHouse', null],
      ],
    },
  ],
  targets: [{ name: 'Rate', value: 12, unit: '×', bound: { atLeast: 10 } }],
  plots: [
    {
      kind: 'bars',
      file: 'drain.svg',
      title: 'Draining',
      unit: 'records per second',
      logarithmic: true,
      categories: [],
      series: [],
    },
  ],
  samples: [],
};
const capture: StoredSection = {
  ...drain,
  section: 'capture',
  title: 'Capture',
  targets: [{ name: 'p99', value: 7, unit: '%', bound: { atMost: 5 } }],
};

describe('the page of results', () => {
  it('begins with the targets of all sections', () => {
    const page = composePage([drain, capture]);
    expect(page).toContain('## Targets: 1 of 2 met');
    expect(page).toMatch(/\| Rate +\| +12 × \| +≥ 10 × \| +✔ +\|/);
    expect(page).toMatch(/\| p99 +\| +7 % \| +≤ 5 % \| +✘ +\|/);
    expect(page.indexOf('## Targets')).toBeLessThan(page.indexOf('## Draining a backlog'));
  });

  it('shows plots, tables and notes of each section, and a pipe in a cell as one', () => {
    const page = composePage([drain]);
    expect(page).toContain('![Draining, in records per second](drain.svg)');
    expect(page).toContain(String.raw`| psql \| curl |`);
    expect(page).toMatch(/\| ClickHouse +\| +– \|/);
    expect(page).toContain('Medians of 5 rounds.');
  });

  it('says once what was measured on the same machine, and apart what was not', () => {
    expect(composePage([drain, capture])).toContain(
      'drain (2026-01-02 03:04 UTC), capture (2026-01-02 03:04 UTC):\n\n- Some CPU, 2 cores',
    );
    const elsewhere = composePage([drain, { ...capture, machine: { ...machine, cpu: 'Other CPU' } }]);
    expect(elsewhere).toContain('capture (2026-01-02 03:04 UTC):\n\n- Other CPU');
  });

  it('warns of the short form', () => {
    expect(composePage([drain])).not.toContain('short form');
    expect(composePage([drain, { ...capture, options: { quick: true } }])).toContain('**capture');
  });
});
