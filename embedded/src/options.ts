/** What both engines understand. Times are in milliseconds. */
export interface EngineOptions {
  /** Where data and logs are kept. Absent: a temporary directory that is removed on stop. */
  dataDir?: string;
  /** Absent: a free port of the loopback interface. */
  port?: number;
  /** How long the engine may take until it answers, a first initialisation included. Default 60,000. */
  readyTimeoutMs?: number;
  /** Told one line for every step. Nothing is ever written to this process's own output. */
  onProgress?: (line: string) => void;
  /** Which platform's binaries to take, such as `linux-x64`. Default: the platform of this process. */
  platform?: string;
}

/** How an engine came to its end. */
export interface EngineExit {
  /** True when `stop()` or `kill()` ended it. */
  readonly expected: boolean;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what the engine wrote to its log. */
  readonly logTail: string;
}

/** What every running engine can say and do. */
export interface RunningEngine {
  readonly pid: number;
  /** The directory in use. It differs from the one asked for when the engine's user cannot reach that one. */
  readonly dataDir: string;
  readonly logFile: string;
  readonly version: string;
  /** Resolves, and never rejects, once the engine has ended for whatever reason. */
  readonly exited: Promise<EngineExit>;
  /** Ends the engine in order; a second call waits for the first. A temporary data directory is removed. */
  stop(): Promise<void>;
  /** SIGKILL, for crash tests. The data stays, a temporary directory too until `stop()` is called. */
  kill(): Promise<void>;
}

export const READY_TIMEOUT_MS_DEFAULT = 60_000;

/** The platform's name as the tables of binaries have it. */
export function platformOf(options: EngineOptions): string {
  return options.platform ?? `${process.platform}-${process.arch}`;
}

/** Says one line of progress, named after its engine. */
export type Progress = (line: string) => void;

export function progressOf(engine: string, options: EngineOptions): Progress {
  const { onProgress } = options;
  return onProgress === undefined
    ? () => undefined
    : (line) => {
        onProgress(`${engine}: ${line}`);
      };
}
