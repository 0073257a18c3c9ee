import type { Choices } from './choices.js';

/** Under what circumstances a history goes on. Times are milliseconds of virtual time. */
export interface Circumstances {
  readonly workers: number;
  /** Streams of each run. */
  readonly streams: number;
  readonly events: number;
  /** Events in a batch. */
  readonly quantity: number;
  readonly retries: number;
  readonly quarantinedPerRunMax: number;
  /** Events lie in so many months: ClickHouse stores each month of a batch by itself. */
  readonly months: number;
  /** Blocks whose tokens ClickHouse remembers. */
  readonly deduplicationWindow: number;
  /** Blocks that others insert into the same table during the history. */
  readonly othersBlocks: number;
  /** How ClickHouse refuses bad events: before anything is stored, or by a view once the rows are stored. */
  readonly refusal: 'none' | 'value' | 'view';
  /** Bad ones among a thousand events. */
  readonly badPerMille: number;
  readonly refusesFromMs: number;
  /** When the table is mended; never when not given. */
  readonly mendedAtMs: number | undefined;
  /** Once the table is mended, somebody releases what is in quarantine. */
  readonly quarantineReleased: boolean;
  /** A materialized view adds its rows to the number that an insert reports. */
  readonly viewAddsRows: boolean;
  /** Faults among a thousand calls that are not inserts. */
  readonly callFaultsPerMille: number;
  /** Faults among a thousand inserts. */
  readonly insertFaultsPerMille: number;
  /** Times among a thousand calls that the worker is killed or stopped just before it sends. */
  readonly stumblesPerMille: number;
  readonly kills: number;
  readonly stops: number;
  /** Times at which ClickHouse, or Postgres, is away for a while. */
  readonly outages: number;
  /** ClickHouse forgets the tokens of parts that a DELETE has emptied, some time later (seen with 26.7). */
  readonly emptiedPartsForgotten: boolean;
  readonly misconfigured: boolean;
}

/** Times that hold for every history. */
export const durations = Object.freeze({
  claimLeaseMs: 1_000,
  statementTimeoutMs: 3_000,
  requestTimeoutMs: 4_000,
  stopGraceMs: 500,
  maxWaitMs: 300,
  /** A worker begins a run so long after the last one. */
  betweenRunsMs: 700,
  /** Events are captured until then. */
  capturingEndsMs: 2_500,
  /** Then every fault ends. */
  faultsEndMs: 9_000,
  /** What is not delivered by then never will be. */
  drainedByMs: 40_000,
});

export function drawCircumstances(choices: Choices): Circumstances {
  const refusal = pick(choices, ['none', 'none', 'value', 'view'] as const);
  return {
    workers: 1 + choices.among(3),
    streams: 1 + choices.among(2),
    events: 4 + choices.among(9),
    quantity: 2 + choices.among(3),
    retries: pick(choices, [3, 5, 0, 1]),
    quarantinedPerRunMax: pick(choices, [1_000, 1_000, 1_000, 1]),
    months: 1 + choices.among(3),
    deduplicationWindow: pick(choices, [10_000, 10_000, 100, 8, 4, 2, 1]),
    othersBlocks: pick(choices, [0, 0, 3, 12]),
    refusal,
    badPerMille: pick(choices, [150, 300, 60]),
    refusesFromMs: pick(choices, [0, 0, 1_000]),
    mendedAtMs: pick(choices, [undefined, undefined, 1_500, 4_000]),
    quarantineReleased: choices.among(2) === 1,
    viewAddsRows: choices.among(4) === 3,
    callFaultsPerMille: pick(choices, [0, 5, 20, 50, 120, 250]),
    insertFaultsPerMille: pick(choices, [0, 100, 300, 500, 700]),
    stumblesPerMille: pick(choices, [0, 5, 20, 60]),
    kills: pick(choices, [0, 0, 1, 2, 3]),
    stops: pick(choices, [0, 0, 1, 2, 3]),
    outages: pick(choices, [0, 0, 0, 1, 2]),
    emptiedPartsForgotten: choices.among(2) === 1,
    misconfigured: choices.among(20) === 19,
  };
}

function pick<Value>(choices: Choices, values: readonly [Value, ...Value[]]): Value {
  return values[choices.among(values.length)] ?? values[0];
}
