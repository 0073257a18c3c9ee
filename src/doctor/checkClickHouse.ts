import { ClickHouseError } from '@clickhouse/client';
import { classifyInsertError } from '../eventlog/classifyInsertError.js';
import { readServer } from '../eventlog/readServer.js';
import { messageOf } from '../waybillError.js';
import { checkClock } from './checkClock.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** Asks ClickHouse who it is. @throws what it answers when it cannot be asked; `describeClickHouseFailure` says what that means */
export async function checkClickHouse(
  { eventLog }: DoctorContext,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  await readServer(eventLog, signal); // connecting takes its time, and the clock is to be read quickly
  const askedAtMs = Date.now();
  const { version, user, nowMs } = await readServer(eventLog, signal);
  const clock = { askedAtMs, answeredAtMs: Date.now(), serverMs: nowMs };
  return [
    fine('CLICKHOUSE_ANSWERS', 'clickhouse', `ClickHouse ${version} answers, as user ${user}.`),
    ...checkClock('clickhouse', clock),
  ];
}

/** What it means that ClickHouse could not be asked. */
export function describeClickHouseFailure(error: unknown): Finding {
  const refused = error instanceof ClickHouseError && classifyInsertError(error).outcome === 'misconfigured';
  return {
    code: refused ? 'CLICKHOUSE_REFUSES' : 'CLICKHOUSE_UNREACHABLE',
    severity: 'fatal',
    side: 'clickhouse',
    summary: `${refused ? 'ClickHouse refuses us' : 'ClickHouse cannot be reached'}: ${messageOf(error)}.`,
    meaning:
      'Nothing can be delivered. Events are kept in the outbox and delivered when it can be reached again.',
    advice: withCommands(
      refused
        ? 'Correct the user or the password in CLICKHOUSE_URL. This shows what holds:'
        : 'Is the server up, and is CLICKHOUSE_URL right? This shows what holds:',
      'waybill config',
    ),
  };
}
