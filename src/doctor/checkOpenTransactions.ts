import pg from 'pg';
import { formatDuration } from '../durationText.js';
import { readOpenTransactions, type OpenTransaction } from '../outbox/readOpenTransactions.js';
import { readServer } from '../outbox/readServer.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** A transaction that captures is a use case, and takes milliseconds. */
const writingMsMax = 60_000;
/** One that only reads may be a report, or a worker that copies a large batch. */
const readingMsMax = 10 * 60_000;
const shownMax = 5;

/** Whether transactions stay open that hold back ids, or keep cleaning from dropping partitions. */
export async function checkOpenTransactions({ outbox }: DoctorContext): Promise<readonly Finding[]> {
  const { role } = await readServer(outbox);
  return judgeTransactions(await readOpenTransactions(outbox), pg.escapeIdentifier(role));
}

/** What the open transactions mean. `role`: the worker's, quoted. */
export function judgeTransactions(
  transactions: readonly OpenTransaction[],
  role: string,
): readonly Finding[] {
  const findings = transactions.filter(isLong).slice(0, shownMax).map(describe);
  const hidden = transactions.filter(({ ageMs }) => ageMs === undefined).length;
  if (hidden > 0) {
    findings.push({
      code: 'TRANSACTIONS_HIDDEN',
      severity: 'note',
      side: 'postgres',
      summary: `${String(hidden)} transactions hold table event right now, and this role may not see since when.`,
      meaning:
        'One that stays open for long would hold back its events and the cleaning, and would not be shown here.',
      advice: withCommands(
        'Let the role of the worker see the sessions of others:',
        `GRANT pg_read_all_stats TO ${role};`,
      ),
    });
  }
  if (findings.length > 0) return findings;
  return [fine('TRANSACTIONS_SHORT', 'postgres', 'No transaction has held table event for long.')];
}

function isLong({ ageMs, writes }: OpenTransaction): boolean {
  return ageMs !== undefined && ageMs > (writes ? writingMsMax : readingMsMax);
}

function describe(transaction: OpenTransaction): Finding {
  const { writes } = transaction;
  return {
    code: writes ? 'TRANSACTION_HOLDS_IDS' : 'TRANSACTION_HOLDS_CLEANING',
    severity: 'warning',
    side: 'postgres',
    summary: `${nameOf(transaction)} has held table event for ${formatDuration(transaction.ageMs ?? 0)}.`,
    meaning: writes
      ? 'The events it captured are not delivered before it commits, ids that others rolled back stay open until it ' +
        'ends, and no partition can be dropped. Events of others are delivered meanwhile.'
      : 'Delivered partitions are emptied but cannot be dropped, and none can be detached, until it ends. Deliveries ' +
        'are not touched.',
    advice: howToEnd(transaction),
  };
}

function nameOf({ pid, preparedAs, role, applicationName, state, statementAgeMs }: OpenTransaction): string {
  if (pid === undefined) return `The prepared transaction ${preparedAs ?? ''} of role ${role}`;
  const application = applicationName === '' ? '' : `, application ${applicationName}`;
  const latest =
    statementAgeMs === undefined ? '' : `, its latest statement ${formatDuration(statementAgeMs)} old`;
  return `A transaction of role ${role} (pid ${String(pid)}${application}, ${state ?? 'state unknown'}${latest})`;
}

function howToEnd({ pid, preparedAs }: OpenTransaction): string {
  if (pid !== undefined) {
    return withCommands(
      'Find out what it waits for. Ending it rolls it back, and its events with it:',
      `SELECT pg_terminate_backend(${String(pid)});`,
    );
  }
  const name = `'${(preparedAs ?? '').replaceAll("'", "''")}'`;
  return withCommands(
    'Its coordinator has to decide. If that one is gone, one of these:',
    `COMMIT PREPARED ${name};`,
    `ROLLBACK PREPARED ${name};`,
  );
}
