import type { BenchEngines } from './engines.js';

/** What a part of the benchmark is given. */
export interface BenchContext {
  readonly engines: BenchEngines;
  /** The short form: less of everything, so that all sections together end within some minutes. */
  readonly quick: boolean;
  /** Says one line about what is being done. */
  readonly say: (line: string) => void;
}

/** One part of the benchmark. It makes databases of its own, and leaves none behind. */
export interface Section {
  readonly name: SectionName;
  /** What it measures, in one line. */
  readonly title: string;
  /** Tells no target: the short form leaves it out, unless it is asked for by name. */
  readonly fullOnly?: true;
  run(context: BenchContext): Promise<SectionResult>;
}

export const sectionNames = [
  'drain',
  'streams',
  'capture',
  'freshness',
  'growth',
  'cleaning',
  'soak',
] as const;
export type SectionName = (typeof sectionNames)[number];

/** What a section has found: plain data, as it is written to results/NAME.json. */
export interface SectionResult {
  readonly tables: readonly ResultTable[];
  readonly targets: readonly Target[];
  readonly plots: readonly Plot[];
  /** Every sample behind the tables. */
  readonly samples: unknown;
}

export interface ResultTable {
  readonly title: string;
  /** How it was measured, and how to read it: a sentence or two. */
  readonly note: string;
  /** The unit stands in the heading. The first column names the row. */
  readonly columns: readonly string[];
  /** A number is shown with a precision of three digits or, from 100 on, none behind the point; null as a dash. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** What was measured of a number that was promised, or that is reported beside one. */
export interface Target {
  readonly name: string;
  /** What was measured: mostly a ratio. */
  readonly value: number;
  readonly unit: '×' | '%' | 'MB' | 's' | 'ms' | 'rows';
  /** The value is to be at least, or at most, this. Without it the number is reported, not promised. */
  readonly bound?: { readonly atLeast: number } | { readonly atMost: number };
}

export type Plot =
  | {
      readonly kind: 'bars';
      readonly file: string;
      readonly title: string;
      readonly unit: string;
      readonly logarithmic: boolean;
      /** Groups of bars along the axis. */
      readonly categories: readonly string[];
      /** One bar in each group; null where nothing was measured. */
      readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
    }
  | {
      readonly kind: 'lines';
      readonly file: string;
      readonly title: string;
      readonly unit: string;
      readonly xUnit: string;
      readonly series: readonly {
        readonly name: string;
        readonly points: readonly (readonly [number, number])[];
      }[];
    };
