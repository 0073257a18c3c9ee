import pg from 'pg';
import { readServer, type PostgresServer } from '../outbox/readServer.js';
import { messageOf } from '../waybillError.js';
import { checkClock } from './checkClock.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

const oldestVersion = 140_000;
/** Postgres refuses for a reason that stays: no such role, password or database, or no right to connect. */
const refusals = new Set(['28000', '28P01', '3D000', '42501']);

/** Asks Postgres who it is. @throws what it answers when it cannot be asked; `describePostgresFailure` says what that means */
export async function checkPostgres({ outbox }: DoctorContext): Promise<readonly Finding[]> {
  await outbox.query('SELECT 1'); // connecting takes its time, and the clock is to be read quickly
  const askedAtMs = Date.now();
  const server = await readServer(outbox);
  const clock = { askedAtMs, answeredAtMs: Date.now(), serverMs: server.nowMs };
  return [...judgeServer(server), ...checkClock('postgres', clock)];
}

/** What the facts about the server mean. */
export function judgeServer(server: PostgresServer): readonly Finding[] {
  const { version, versionNumber, role, readOnly, defaultIsolation } = server;
  const findings: Finding[] = [];
  if (versionNumber < oldestVersion) {
    findings.push({
      code: 'POSTGRES_TOO_OLD',
      severity: 'fatal',
      side: 'postgres',
      summary: `This is Postgres ${version}.`,
      meaning: 'The outbox keeps the ids of a batch as a multirange, which Postgres has since version 14.',
      advice: 'Upgrade to Postgres 14 or newer.',
    });
  }
  if (readOnly) {
    findings.push({
      code: 'POSTGRES_READ_ONLY',
      severity: 'fatal',
      side: 'postgres',
      summary: `This Postgres only lets role ${role} read: it is a standby, or default_transaction_read_only is on.`,
      meaning: 'No batch can be sealed or claimed, so nothing is delivered.',
      advice: withCommands(
        'Point DATABASE_URL at the primary, and let the role write:',
        `ALTER ROLE ${pg.escapeIdentifier(role)} SET default_transaction_read_only = off;`,
      ),
    });
  }
  if (defaultIsolation !== 'read committed') {
    findings.push({
      code: 'ISOLATION_TOO_HIGH',
      severity: 'fatal',
      side: 'postgres',
      summary: `default_transaction_isolation of role ${role} is ${defaultIsolation}.`,
      meaning: 'Sealing needs snapshots that move on, and refuses; so nothing is delivered.',
      advice: withCommands(
        'Set it for the role of the worker:',
        `ALTER ROLE ${pg.escapeIdentifier(role)} SET default_transaction_isolation = 'read committed';`,
      ),
    });
  }
  if (findings.length > 0) return findings;
  return [fine('POSTGRES_ANSWERS', 'postgres', `Postgres ${version} answers, as role ${role}.`)];
}

/** What it means that Postgres could not be asked. */
export function describePostgresFailure(error: unknown): Finding {
  const refused = error instanceof pg.DatabaseError && refusals.has(error.code ?? '');
  return {
    code: refused ? 'POSTGRES_REFUSES' : 'POSTGRES_UNREACHABLE',
    severity: 'fatal',
    side: 'postgres',
    summary: `${refused ? 'Postgres refuses us' : 'Postgres cannot be reached'}: ${messageOf(error)}.`,
    meaning: 'Nothing can be captured through this URL, and nothing delivered.',
    advice: withCommands(
      refused
        ? 'Correct the role, the password or the database in DATABASE_URL. This shows what holds:'
        : 'Is the server up, and is DATABASE_URL right? This shows what holds:',
      'waybill config',
    ),
  };
}
