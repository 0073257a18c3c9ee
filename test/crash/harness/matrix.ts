import { phasesOf, type CrashPoint } from './crashOrder.js';
import type { Role } from './roleProcess.js';
import { roles } from './roleProcess.js';
import { expectedSteps } from './steps.js';
import type { CellResult } from './runCell.js';

/** A cell of the matrix: a role, and where it is killed. */
export interface Cell {
  readonly role: Role;
  readonly point: CrashPoint;
}

export interface CellOutcome {
  readonly cell: Cell;
  readonly result: CellResult;
}

/** Every phase of every step that a role reaches, at each of the passes that steps.ts names. */
export function allCells(): Cell[] {
  return roles.flatMap((role) =>
    Object.entries(expectedSteps[role]).flatMap(([step, passes]) =>
      passes.flatMap((pass) => phasesOf(step).map((phase) => ({ role, point: { step, phase, pass } }))),
    ),
  );
}

export function describeCell({ role, point: { step, phase, pass } }: Cell): string {
  return `${role}: ${step}, ${phase}, pass ${String(pass)}`;
}
