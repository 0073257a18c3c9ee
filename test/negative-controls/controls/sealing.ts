import { waitUntil } from '../../support/waitUntil.js';
import { openCapture } from '../../support/cleaning.js';
import { alterations, pauseLock, type Alteration } from '../../sealing/alteredSealBatch.js';
import type { Edit } from '../copyOfTheCode.js';
import type { Finding } from '../finding.js';
import type { NegativeControl } from '../negativeControl.js';
import type { Side } from '../side.js';
import { sealBatch } from '../../support/sealBatch.js';

/** The alterations that the tests of sealing know, as edits of the migration. */
function inSealBatch(alteration: Alteration): Edit[] {
  return alterations[alteration].map(([text, replacement]) => ({
    file: 'sql/postgres/0002_seal_batch.sql',
    text,
    replacement,
  }));
}

/** An event of a transaction that stays open while later ones are delivered, and commits then. */
async function commitAfterLaterOnes(side: Side): Promise<Finding> {
  const { client, eventId } = await captureInOpenTransaction(side);
  const committed = await side.seed(3);
  for (let runs = 0; runs < 3; runs += 1) await side.worker().run();
  await client.query('COMMIT');
  client.release();
  await side.deliverAll();
  return side.finding([...committed, eventId]);
}

/** The same, but it commits while a worker stands between the two looks that sealing takes. */
async function commitBetweenTheLooks(side: Side): Promise<Finding> {
  const { pool } = side.databases;
  const { client, eventId } = await captureInOpenTransaction(side);
  const committed = await side.seed(3);
  await sealBatch(side.outbox, 100, true);

  const gate = await pool.connect();
  await gate.query('SELECT pg_advisory_lock($1)', [pauseLock]);
  const sealing = sealBatch(side.outbox, 100, true);
  await waitUntil('sealing stands between its rules', async () => {
    const { rowCount } = await pool.query(
      `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [pauseLock],
    );
    return rowCount === 1;
  });
  await client.query('COMMIT');
  client.release();
  await gate.query('SELECT pg_advisory_unlock($1)', [pauseLock]);
  gate.release();
  await sealing;

  await side.deliverAll();
  return side.finding([...committed, eventId]);
}

async function captureInOpenTransaction({
  databases,
}: Side): Promise<{ client: Awaited<ReturnType<typeof openCapture>>; eventId: string }> {
  const client = await openCapture(databases);
  const { rows } = await client.query<{ event_id: string }>(
    `SELECT event_id FROM waybill.event WHERE event_type = 'slow'`,
  );
  return { client, eventId: rows[0]?.event_id ?? '' };
}

const openStory = 'an event commits after later ones were delivered';

/** Which ids a batch takes. */
export const sealingControls: readonly NegativeControl[] = [
  {
    name: 'ids that are not there yet are remembered as holes',
    switchedOff: 'a cursor on ids: what is above the last one',
    edits: inSealBatch('plainCursor'),
    story: openStory,
    expected: 'lost',
    scenario: commitAfterLaterOnes,
  },
  {
    name: 'a hole closes when those who may fill it are gone',
    switchedOff: 'rule 1 of sealing: holes close at once',
    edits: inSealBatch('holesCloseAtOnce'),
    story: openStory,
    expected: 'lost',
    scenario: commitAfterLaterOnes,
  },
  {
    name: 'owners of holes are looked for before visible rows are',
    switchedOff: 'rules 1 and 2 of sealing, swapped',
    edits: swappedRules(),
    given: { what: 'sealing stops between the two rules', edits: inSealBatch('pausedBetweenRules') },
    story: 'the event commits between the two',
    expected: 'lost',
    scenario: commitBetweenTheLooks,
  },
];

/** Rules 1 and 2 of a copy that stops between them change places. */
function swappedRules(): Edit[] {
  const stop = `PERFORM pg_advisory_xact_lock(${String(pauseLock)});\n\n`;
  return [
    {
      file: 'sql/postgres/0002_seal_batch.sql',
      text: new RegExp(
        `( {2}-- Rule 1\\.[\\s\\S]*?\\n)${escaped(stop)}( {2}-- Rule 2\\.[\\s\\S]*?\\n)( {2}found_count := )`,
      ),
      replacement: `$2${stop}$1$3`,
    },
  ];
}

function escaped(text: string): string {
  return text.replaceAll(/[()]/g, '\\$&');
}
