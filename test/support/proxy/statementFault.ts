/** What a statement does for the product, or something else. */
export type StatementKind =
  | 'startRun'
  | 'take'
  | 'claim'
  | 'renew'
  | 'beginReading'
  | 'copy'
  | 'commit'
  | 'mark'
  | 'release'
  | 'replace'
  | 'quarantine'
  | 'finishRun'
  | 'otherStatement';

/** What goes wrong with one statement on its way to Postgres. */
export type StatementFault =
  /** Passes on so many bytes of the statement, then resets both sides. */
  | { readonly kind: 'reset'; readonly afterBytes: number | 'all' }
  /** Passes on so many bytes, then closes the way to the server, and lets what it answers through. */
  | { readonly kind: 'halfClose'; readonly afterBytes: number | 'all' }
  /** Passes on so many bytes of the server's answer, then resets or closes. 0: nothing of it. */
  | { readonly kind: 'cutAnswer'; readonly afterBytes: number; readonly by: 'reset' | 'close' }
  /** Keeps the statement back until it is released. */
  | { readonly kind: 'stall'; readonly releaseAfterMs?: number }
  /** Keeps the server's answer back until it is released. */
  | { readonly kind: 'stallAnswer'; readonly releaseAfterMs?: number }
  /** Waits before it passes on each piece of the answer. */
  | { readonly kind: 'slow'; readonly delayMsPerChunk: number };

/** Recognises the product's statements by their text. */
export function statementKindOf(text: string): StatementKind {
  return texts.find(([, pattern]) => pattern.test(text))?.[0] ?? 'otherStatement';
}

const texts: readonly (readonly [StatementKind, RegExp])[] = [
  ['take', /take_batch\(/],
  ['copy', /COPY \(/],
  ['beginReading', /BEGIN READ ONLY/],
  ['commit', /\bCOMMIT\b/],
  ['claim', /claim_batch\(/],
  ['mark', /SET status = 'DELIVERED'/],
  ['release', /SET status = 'AWAITING_DELIVERY'/],
  ['replace', /SET status = 'REPLACED'/],
  ['quarantine', /SET status = 'QUARANTINED'/],
  ['renew', /batch\s+SET claim_expires_at = /],
  ['startRun', /INSERT INTO \S+\.run /],
  ['finishRun', /UPDATE \S+\.run\s/],
];
