import { quoteName, quotedTable, type EventLog } from '../eventlog/client.js';
import { readGrant } from '../eventlog/readGrant.js';
import { readServer } from '../eventlog/readServer.js';
import { readSettings } from '../eventlog/readSettings.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

interface NeededRight {
  /** As it stands in a GRANT, without the user. */
  readonly right: string;
  readonly finding: Pick<Finding, 'code' | 'severity' | 'meaning'>;
}

/** Whether the user may insert, count and delete. Ending queries of one's own needs no right. */
export async function checkRights(
  { eventLog }: DoctorContext,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const [readOnly] = await readSettings(eventLog, ['readonly'], signal);
  if (readOnly !== undefined && readOnly.value !== '0') return []; // no right counts then, which checkSettings tells
  const { user } = await readServer(eventLog, signal);
  const needed = neededRights(eventLog);
  const granted = await Promise.all(needed.map(({ right }) => readGrant(eventLog, right, signal)));
  const missing = needed.filter((_, index) => granted[index] === false);
  if (missing.length === 0)
    return [fine('RIGHTS_FIT', 'clickhouse', `User ${user} may insert, count and delete.`)];
  return missing.map(({ right, finding }) => ({
    ...finding,
    side: 'clickhouse',
    summary: `User ${user} lacks ${right}.`,
    advice: withCommands('Grant it, as a user who may:', `GRANT ${right} TO ${quoteName(user)};`),
  }));
}

function neededRights(eventLog: EventLog): NeededRight[] {
  const table = quotedTable(eventLog);
  const rights: NeededRight[] = [
    {
      right: `INSERT ON ${table}`,
      finding: {
        code: 'RIGHT_MISSING',
        severity: 'fatal',
        meaning: 'Every insert is refused, so nothing is delivered. Events are kept in the outbox.',
      },
    },
    {
      right: `SELECT(batch_id, event_date_time) ON ${table}`,
      finding: {
        code: 'RIGHT_MISSING',
        severity: 'fatal',
        meaning:
          'A batch whose outcome is unknown cannot be counted, so nobody could tell whether it has arrived, and it ' +
          'would stay in the outbox for good.',
      },
    },
    {
      right: `ALTER DELETE ON ${table}`,
      finding: {
        code: 'DELETE_RIGHT_MISSING',
        severity: 'warning',
        meaning:
          'It is needed when a batch was stored in part, under a token that is spent: its rows are deleted and its ' +
          'events sent as another batch. Without it that batch waits, and all others are delivered.',
      },
    },
  ];
  if (eventLog.cluster !== undefined) {
    rights.push({
      right: 'CLUSTER ON *.*',
      finding: {
        code: 'CLUSTER_RIGHT_MISSING',
        severity: 'warning',
        meaning:
          'Inserts whose outcome is unknown are ended, and rows of replaced batches deleted, on every server of the ' +
          'cluster. Without it such batches wait, and all others are delivered.',
      },
    });
  }
  return rights;
}
