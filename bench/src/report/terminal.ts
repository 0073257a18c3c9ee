import type { ResultTable, Target } from '../section.js';
import { cellText } from './numbers.js';
import { summaryText, targetRows } from './targets.js';

/** A table as aligned text: the first column to the left, the others to the right. */
export function tableText({ title, columns, rows }: ResultTable): string {
  return `${title}\n\n${alignedText([columns, ...rows.map((row) => row.map(cellText))])}\n`;
}

/** Every target with what was measured, and how many are met. */
export function targetsText(targets: readonly Target[]): string {
  if (targets.length === 0) return 'No target was measured.\n';
  return (
    `${summaryText(targets)}\n\n` +
    `${alignedText([['target', 'measured', 'promised', ''], ...targetRows(targets)])}\n`
  );
}

function alignedText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      widths
        .map((width, column) => {
          const cell = row[column] ?? '';
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}\n`)
    .join('');
}
