import { format, resolveConfig } from 'prettier';
import { phasesOf } from './crashOrder.js';
import type { CellOutcome } from './matrix.js';
import { roles, type Role } from './roleProcess.js';
import type { CellResult } from './runCell.js';

export interface MatrixRun {
  readonly outcomes: readonly CellOutcome[];
  readonly ranAt: Date;
  readonly postgresVersion: string;
  readonly clickhouseVersion: string;
}

const titles: Readonly<Record<Role, string>> = {
  producer: 'Capture: an application that commits, rolls back, and nests its use cases',
  migrator: 'Migration of empty databases: `waybill migrate`',
  upgrader: 'Migration of an outbox of the first release that holds events: `waybill migrate`',
  worker: 'Delivery: `waybill worker`',
  cleaner: 'Cleaning: `waybill clean-events-outbox`',
};

const allPhases = ['before', 'midway', 'sent', 'after'] as const;

/** The matrix as a page of the documentation. `file` is where it will lie. */
export async function formatMatrix(run: MatrixRun, file: string): Promise<string> {
  const { outcomes } = run;
  const events = outcomes.reduce((sum, { result }) => sum + committedCount(result), 0);
  const wrong = outcomes.filter(({ result }) => describeCounts(result) !== clean).length;
  const text = [
    '# Crash matrix',
    `Made by \`npm run crash-matrix\` on ${run.ranAt.toISOString().slice(0, 10)}, on Postgres ${run.postgresVersion} and ` +
      `ClickHouse ${run.clickhouseVersion}. Do not edit.`,
    'Every statement that Waybill sends is a step. In each cell a real process is killed with `kill -9` at a phase of a ' +
      'step: before it is sent, midway through its body where it has a long one, once it is sent but not answered, and ' +
      'once it is answered but before anything follows; at the first pass and at later ones. The process is then started ' +
      'again, everything is delivered and cleaned, and both databases are compared, row by row, with a ledger that the ' +
      'producer keeps outside of them.',
    'A cell says events lost / doubled / phantom. `0/0/0` stands only where, in addition, no row differs from what was ' +
      'committed, the events that ClickHouse refuses are in quarantine and only these are left in the outbox, no batch is ' +
      'left undelivered, and what the application was told of each transaction is true.',
    `**${outcomes.length.toLocaleString('en')} cells, ${wrong.toLocaleString('en')} of them not 0/0/0; ` +
      `${events.toLocaleString('en')} committed events compared.**`,
    ...roles.flatMap((role) => {
      const own = outcomes.filter(({ cell }) => cell.role === role);
      return own.length === 0 ? [] : [`## ${titles[role]}`, formatTable(own)];
    }),
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

function formatTable(outcomes: readonly CellOutcome[]): string {
  const rows = new Map<string, Map<string, string>>();
  for (const { cell, result } of outcomes) {
    const { step, phase, pass } = cell.point;
    const key = `| \`${step}\` | ${String(pass)} |`;
    const row = rows.get(key) ?? new Map<string, string>();
    rows.set(key, row.set(phase, describeCounts(result)));
  }
  const phases = allPhases.filter((phase) =>
    outcomes.some(({ cell }) => phasesOf(cell.point.step).includes(phase)),
  );
  return [
    `| step | pass | ${phases.join(' | ')} |`,
    `| --- | ---: | ${phases.map(() => ':---:').join(' | ')} |`,
    ...Array.from(
      rows,
      ([key, row]) => `${key} ${phases.map((phase) => row.get(phase) ?? '').join(' | ')} |`,
    ),
  ].join('\n');
}

const clean = '0/0/0';

function describeCounts(result: CellResult): string {
  if (result.kind === 'notReached') return '**not reached**';
  if (result.kind === 'failed') return '**failed**';
  const { lost, doubled, phantom, altered, others } = result.comparison;
  const counts = [lost, doubled, phantom].map((list) => String(list.length)).join('/');
  if (altered.length + others.length > 0) return `**${counts}, and more**`;
  return counts === clean ? clean : `**${counts}**`;
}

function committedCount(result: CellResult): number {
  return result.kind === 'compared' ? result.comparison.committedCount : 0;
}
