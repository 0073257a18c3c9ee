export { EmbeddedError, type EmbeddedErrorCode } from './embeddedError.js';
export { type Engines, type EnginesOptions, startEngines } from './startEngines.js';
export type { EngineExit, EngineOptions, RunningEngine } from './options.js';
export type { ClickHouseOptions, EmbeddedClickHouse } from './clickhouse/clickHouseOptions.js';
export { startClickHouse } from './clickhouse/startClickHouse.js';
export type { EmbeddedPostgres, PostgresOptions } from './postgres/postgresOptions.js';
export { startPostgres } from './postgres/startPostgres.js';
