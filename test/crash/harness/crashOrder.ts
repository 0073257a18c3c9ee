/** Where within a step a process is killed. */
export type Phase =
  /** Before the statement is sent. */
  | 'before'
  /** Half a body has passed: of the COPY out of Postgres, of the INSERT into ClickHouse. */
  | 'midway'
  /** It is sent; nothing of the answer has been read. */
  | 'sent'
  /** It is answered; the code that asked has not gone on. */
  | 'after';

/** One place in the life of a process. */
export interface CrashPoint {
  /** A statement of the product, as crashPoints.mjs names it. */
  readonly step: string;
  readonly phase: Phase;
  /** The how many-eth time the process gets there, from 1. */
  readonly pass: number;
}

/** What the network does to inserts of batches, counted from 1 in each process. */
export interface InsertFaults {
  /** The answer of this insert is held back until statements of these files have been answered. */
  readonly holdAnswer: { readonly insert: number; readonly until: readonly string[] };
  /** The answer of the first insert from this one on that ClickHouse has stored gets lost. */
  readonly loseAnswer: { readonly fromInsert: number };
}

/** A safeguard that is taken out of the product, for tests that must then report a loss or a double. */
export interface Weakening {
  /** In the statement of this step… */
  readonly step?: string;
  /** …this text… */
  readonly find?: string;
  /** …gives way to this one. */
  readonly replace?: string;
  /** False: every insert has another deduplication token. */
  readonly tokens?: false;
  /** The process that is started after the crash has the safeguard again. */
  readonly untilRestart?: true;
}

/** What crashPoints.mjs is told through WAYBILL_CRASH_ORDER. */
export interface CrashOrder {
  readonly crash?: CrashPoint | undefined;
  /** File that gets a line for each phase of each step. */
  readonly record?: string | undefined;
  readonly faults?: InsertFaults | undefined;
  readonly weaken?: Weakening | undefined;
}

const phases = ['before', 'sent', 'after'] as const;

/** The phases of a step. Only what has a long body has a middle. */
export function phasesOf(step: string): readonly Phase[] {
  const hasBody =
    step.startsWith('outbox/readBatch.startCopy COPY') || step.startsWith('eventlog/insertBatch ');
  return hasBody ? ['before', 'midway', 'sent', 'after'] : phases;
}
