/** What the supervisor of a postmaster is told, as JSON in its first argument. */
export interface SupervisorOrder {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly logFile: string;
  /** Removed when the host is gone, because nobody else will. */
  readonly temporaryDirectory?: string;
  readonly fastShutdownMs: number;
}

/** What it says, one JSON object a line on its output. */
export type SupervisorReport =
  | { readonly event: 'started'; readonly pid: number }
  | {
      readonly event: 'ended';
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly logTail: string;
    };
