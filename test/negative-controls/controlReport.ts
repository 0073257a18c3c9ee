import { damageKinds, type Finding } from './finding.js';
import type { ControlVerdict } from './negativeControl.js';

/** The table of all controls, as text for a terminal. */
export function describeForTerminal(verdicts: readonly ControlVerdict[]): string {
  const rows = verdicts.map((control) => [
    control.verdict === 'noticed' ? '✔' : '✘',
    control.name,
    describeFinding(control.unaltered, control.unaltered),
    describeFinding(control.altered, control.unaltered),
  ]);
  const header = ['', 'safeguard', 'on', 'off'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The same for docs, with what was done and what happened. */
export function describeForDocs(verdicts: readonly ControlVerdict[]): string {
  const rows = verdicts.map(({ name, switchedOff, given, story, unaltered, altered }) => {
    const happened = given === undefined ? story : `${story}. On both sides: ${given}`;
    return [
      name,
      switchedOff,
      happened,
      describeFinding(unaltered, unaltered),
      describeFinding(altered, unaltered),
    ];
  });
  const header = ['safeguard', 'switched off', 'what happens', 'with it', 'without it'];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** `lost 40`; what it cost where nothing is damaged and it cost more than on the other side; else `0`. */
export function describeFinding(finding: Finding, other: Finding): string {
  const damage = damageKinds.filter((kind) => finding[kind] > 0);
  if (damage.length > 0) return damage.map((kind) => `${kind} ${String(finding[kind])}`).join(', ');
  const extra = (['attempts', 'replaced'] as const).filter((figure) => finding[figure] > other[figure]);
  if (extra.length === 0) return 'nothing';
  const costs = extra.map((figure) => `${figure} ${String(finding[figure])} for ${String(other[figure])}`);
  return `nothing, at a cost: ${costs.join(', ')}`;
}
