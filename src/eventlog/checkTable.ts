import type { EventLog } from './client.js';
import { judgeTable } from './judgeTable.js';
import { WaybillError } from '../waybillError.js';

/**
 * Refuses a table into which a batch that is sent again would be stored again.
 * @throws {WaybillError} `TABLE_MISSING`, `TABLE_WOULD_DOUBLE`
 */
export async function checkTable(eventLog: EventLog, signal?: AbortSignal): Promise<void> {
  const verdict = await judgeTable(eventLog, signal);
  if (verdict.fit) return;
  const { code, fault, advice, command } = verdict;
  const toDo = command === undefined ? advice : `Run: ${command}`;
  throw new WaybillError(code, `${fault} Nothing was sent. ${toDo}`);
}
