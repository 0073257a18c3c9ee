import type { EngineOptions, RunningEngine } from '../options.js';

export interface ClickHouseOptions extends EngineOptions {
  /** The port of the native protocol; `port` is that of HTTP. Absent: a free one. */
  tcpPort?: number;
  /** Session settings by name that every connection starts with, such as `{ max_threads: '2' }`. */
  settings?: Record<string, string>;
}

export interface EmbeddedClickHouse extends RunningEngine {
  /** http://127.0.0.1:PORT, as user `default` without a password. */
  readonly url: string;
  readonly httpPort: number;
  readonly tcpPort: number;
}
