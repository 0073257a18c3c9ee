import { onlyRow, type Outbox } from '../../src/outbox/database.js';

/** Number of the advisory lock at which an altered copy stops between two of its rules. */
export const pauseLock = 4_711;
const pause = `PERFORM pg_advisory_xact_lock(${String(pauseLock)});\n\n`;

const rules1And2 = /( {2}-- Rule 1\.[\s\S]*?\n)( {2}-- Rule 2\.[\s\S]*?\n)( {2}found_count := )/;

/** Copies of seal_batch: one that only stops where a test wants it, and those that lack a safeguard. */
export const alterations = {
  /** The rules as they are, with a stop between the first and the second. */
  pausedBetweenRules: [[rules1And2, `$1${pause}$2$3`]],
  /** Rule 1 removed: holes close at once, whoever may still fill them. */
  holesCloseAtOnce: [[/holes_may_close := NOT EXISTS \(/, 'holes_may_close := true OR NOT EXISTS (']],
  /** Holes close once their owners are gone, although a batch had no room for the events that these committed. */
  holesCloseWithEventsInThem: [[/IF holes_may_close AND \(/, 'IF holes_may_close OR false AND (']],
  /** The visible rows are read before the owners of holes are looked for, with the same stop between. */
  visibilityReadFirst: [[rules1And2, `$2${pause}$1$3`]],
  /** What nearly every home-made outbox does: `id > last`. */
  plainCursor: [[/holes := seal_holes\([^;]*;/, `holes := '{}';`]],
  /** Owners of holes told by their transaction id, which a transaction has only once it writes its row. */
  ownersByTransactionId: [
    [
      /SELECT DISTINCT lock\.virtualtransaction\n\s+FROM pg_locks AS lock\n\s+WHERE /,
      `$&lock.virtualtransaction IN (SELECT writer.virtualtransaction FROM pg_locks AS writer
                                      WHERE writer.locktype = 'transactionid') AND `,
    ],
  ],
} as const satisfies Record<string, readonly (readonly [RegExp, string])[]>;

export type Alteration = keyof typeof alterations;

/** Replaces seal_batch, in the test's own database, by an altered copy of itself. */
export async function alterSealBatch(outbox: Outbox, alteration: Alteration): Promise<void> {
  await replaceInSealBatch(outbox, alterations[alteration]);
}

export async function replaceInSealBatch(
  outbox: Outbox,
  replacements: readonly (readonly [RegExp, string])[],
): Promise<void> {
  const { definition } = onlyRow(
    await outbox.pool.query<{ definition: string }>(
      'SELECT pg_get_functiondef(to_regproc($1)) AS definition',
      [`${outbox.schema}.seal_batch`],
    ),
  );
  const altered = replacements.reduce((text, [piece, replacement]) => {
    const replaced = text.replace(piece, replacement);
    if (replaced === text) throw new Error(`seal_batch has nothing that matches ${String(piece)}.`);
    return replaced;
  }, definition);
  await outbox.pool.query(altered);
}
