import { parseArgs } from 'node:util';

export const usage = `Usage: node dist/main.js <path of a git repository> [--limit N]

Replays the history of HEAD, one use case a commit, into the Postgres at DATABASE_URL.
  --limit N   the newest N commits only`;

export type HistoryArguments =
  | { readonly kind: 'replay'; readonly repository: string; readonly commitsMax?: number }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Reads the command line: arguments after the program's name. */
export function historyArguments(given: readonly string[]): HistoryArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: { limit: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return { kind: 'help' };
    const [repository, ...others] = positionals;
    if (repository === undefined) return { kind: 'wrong', problem: 'Name a git repository.' };
    if (others.length > 0) return { kind: 'wrong', problem: 'Name one repository only.' };
    if (values.limit === undefined) return { kind: 'replay', repository };
    const commitsMax = Number(values.limit);
    if (!/^\d+$/.test(values.limit) || commitsMax < 1 || !Number.isSafeInteger(commitsMax)) {
      return { kind: 'wrong', problem: `--limit must be a whole number from 1, not ${values.limit}.` };
    }
    return { kind: 'replay', repository, commitsMax };
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}
