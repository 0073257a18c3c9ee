import pg from 'pg';
import { readRights, type OutboxRights } from '../outbox/readRights.js';
import { readServer } from '../outbox/readServer.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** Whether the role of the worker may do what delivering and cleaning do. */
export async function checkOutboxRights({ outbox }: DoctorContext): Promise<readonly Finding[]> {
  const { role } = await readServer(outbox);
  return judgeRights(await readRights(outbox), pg.escapeIdentifier(role), outbox.schema);
}

/** What the rights mean. `role` and `schema` are quoted. */
export function judgeRights(rights: OutboxRights, role: string, schema: string): readonly Finding[] {
  const findings: Finding[] = [];
  if (rights.missing.length > 0) {
    findings.push({
      code: 'OUTBOX_RIGHTS_MISSING',
      severity: 'fatal',
      side: 'postgres',
      summary: `Role ${role} lacks rights on ${String(rights.missing.length)} objects of the outbox.`,
      meaning: 'Delivering fails at the first of them. Nothing is lost.',
      advice: withCommands(
        'Use the role that migrated, or grant them:',
        ...rights.missing.map((right) => `GRANT ${right} TO ${role};`),
      ),
    });
  }
  if (rights.owner !== undefined && !rights.ownsEvent) {
    findings.push({
      code: 'OUTBOX_NOT_OWNED',
      severity: 'warning',
      side: 'postgres',
      summary: `Role ${role} does not own table ${schema}.event.`,
      meaning:
        'It can neither make partitions ahead nor drop delivered ones: events run into the DEFAULT partition, and ' +
        'the task clean_events_outbox fails.',
      advice: withCommands(
        'Let the worker use the role that migrated, or make it a member of it:',
        `GRANT ${pg.escapeIdentifier(rights.owner)} TO ${role};`,
      ),
    });
  }
  if (findings.length > 0) return findings;
  return [fine('OUTBOX_RIGHTS_FIT', 'postgres', `Role ${role} may read, write and clean the outbox.`)];
}
