import { readFile } from 'node:fs/promises';
import type { Phase } from './crashOrder.js';
import type { Role } from './roleProcess.js';
import { inScene, runTroubled, type CellContext } from './scene.js';

/** How often a role that nobody killed has reached each phase of each step. */
export type Reached = ReadonlyMap<string, ReadonlyMap<Phase, number>>;

/** Runs a role to its end and tells which steps it has reached. */
export async function discoverSteps(context: CellContext, role: Role): Promise<Reached> {
  return inScene(context, role, async ({ databases, ledgerFile }) => {
    const record = `${ledgerFile}.steps`;
    const ended = await runTroubled({ role, databases, ledgerFile, order: { record } });
    if (ended.kind === 'failed') throw new Error(ended.output);
    return readRecord(record);
  });
}

async function readRecord(file: string): Promise<Reached> {
  const reached = new Map<string, Map<Phase, number>>();
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const [step, phase] = line.split('\t') as [string, Phase]; // as crashPoints.mjs writes it
    const phases = reached.get(step) ?? new Map<Phase, number>();
    reached.set(step, phases.set(phase, (phases.get(phase) ?? 0) + 1));
  }
  return reached;
}
