import { readSealingSetup, type SealingSetup } from '../outbox/readSealingSetup.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** Each hole is one look into an index at every call; at this many a call takes some ten milliseconds longer. */
const holesMany = 5_000;

/** Whether sealing has what its rules rely on. */
export async function checkSealing({ outbox }: DoctorContext): Promise<readonly Finding[]> {
  return judgeSealing(await readSealingSetup(outbox), outbox.schema);
}

/** What the facts about sealing mean. */
export function judgeSealing(setup: SealingSetup, schema: string): readonly Finding[] {
  const findings: Finding[] = [];
  if (!setup.functionExists) {
    findings.push({
      code: 'SEAL_BATCH_MISSING',
      severity: 'fatal',
      side: 'postgres',
      summary: `The function ${schema}.seal_batch(integer, boolean) is not there.`,
      meaning: 'No batch can be made, so nothing is delivered.',
      advice: withCommands(
        'Make it again: run the CREATE FUNCTION of what this prints, and nothing else of it:',
        'waybill migrate --print postgres --from 2',
      ),
    });
  }
  if (setup.sequence === undefined || setup.sequenceCache !== 1) {
    findings.push({
      code: 'SEQUENCE_CACHED',
      severity: 'fatal',
      side: 'postgres',
      summary:
        setup.sequence === undefined
          ? 'The ids of table event come from no sequence of their own.'
          : `The sequence of event.id has CACHE ${String(setup.sequenceCache)}.`,
      meaning:
        'A session draws ids ahead and may use them long after, when sealing has taken them for rolled back: those ' +
        'events would never be delivered.',
      advice: withCommands(
        'Set it back, and let sessions that hold ids end (restart the application):',
        `ALTER TABLE ${schema}.event ALTER COLUMN id SET CACHE 1;`,
      ),
    });
  }
  if (setup.holes > holesMany) {
    findings.push({
      code: 'HOLES_MANY',
      severity: 'warning',
      side: 'postgres',
      summary: `${setup.holes.toLocaleString('en')} stretches of ids are missing among the sealed ones.`,
      meaning:
        'Each was rolled back, or its transaction is still open, and costs every sealing a look-up. They close ' +
        'once the transactions that were open when they were noted have ended.',
      advice: 'End transactions that stay open for long; other findings of this report name them.',
    });
  }
  if (findings.length > 0) return findings;
  return [fine('SEALING_FIT', 'postgres', 'Sealing has its function, and ids are drawn one by one.')];
}
