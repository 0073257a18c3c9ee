/** What the doctor can find, by the codes under which docs/doctor.md explains it. Stable: scripts and alerts name them. */
export const findingCodes = [
  // Postgres
  'POSTGRES_ANSWERS',
  'POSTGRES_UNREACHABLE',
  'POSTGRES_REFUSES',
  'POSTGRES_TOO_OLD',
  'POSTGRES_READ_ONLY',
  'ISOLATION_TOO_HIGH',
  'OUTBOX_MIGRATED',
  'OUTBOX_RIGHTS_FIT',
  'OUTBOX_RIGHTS_MISSING',
  'OUTBOX_NOT_OWNED',
  'SEALING_FIT',
  'SEQUENCE_CACHED',
  'SEAL_BATCH_MISSING',
  'HOLES_MANY',
  'PARTITIONS_READY',
  'PARTITIONS_FEW',
  'DEFAULT_PARTITION_USED',
  'TRANSACTIONS_SHORT',
  'TRANSACTION_HOLDS_IDS',
  'TRANSACTION_HOLDS_CLEANING',
  'TRANSACTIONS_HIDDEN',
  'RECORDS_FLOW',
  'RECORDS_WAIT_FOR_BATCH',
  'RECORDS_OVERDUE',
  'EVENTS_QUARANTINED',
  'BATCH_KEEPS_FAILING',
  'TASKS_RUN',
  'NO_WORKER_YET',
  'TASK_FAILED',
  'TASK_OVERDUE',
  'TASK_PAUSED',
  // ClickHouse
  'CLICKHOUSE_ANSWERS',
  'CLICKHOUSE_UNREACHABLE',
  'CLICKHOUSE_REFUSES',
  'EVENT_LOG_MIGRATED',
  'TABLE_DEDUPLICATES',
  'TABLE_MISSING',
  'TABLE_WOULD_DOUBLE',
  'TABLE_COLLAPSES_ROWS',
  'TABLE_HAS_TTL',
  'TABLE_TTL_SHORT',
  'COLUMNS_FIT',
  'COLUMN_MISSING',
  'COLUMN_WRONG',
  'COLUMN_LOSES',
  'VIEWS_FIT',
  'VIEW_REMEMBERS',
  'VIEW_WOULD_DOUBLE',
  'RIGHTS_FIT',
  'RIGHT_MISSING',
  'DELETE_RIGHT_MISSING',
  'CLUSTER_RIGHT_MISSING',
  'SETTINGS_FIT',
  'USER_READ_ONLY',
  'SETTING_NOT_ALLOWED',
  'CAPACITY_FIT',
  'CAPACITY_HIDDEN',
  'PARTS_MANY',
  'DISK_NEARLY_FULL',
  'REPLICA_READ_ONLY',
  'MUTATION_STUCK',
  // Both
  'NOT_MIGRATED',
  'SCHEMA_TOO_NEW',
  'MIGRATION_CHANGED',
  'CLOCKS_DIFFER',
  'WINDOW_FITS',
  'WINDOW_SHORT',
  'CHECK_FAILED',
] as const;

export type FindingCode = (typeof findingCodes)[number];

/**
 * - `fatal`: nothing can be delivered, or it would be delivered twice; a worker does not start
 * - `warning`: something is wrong, or will be
 * - `note`: worth knowing
 * - `ok`: looked at and fine
 */
export type Severity = 'fatal' | 'warning' | 'note' | 'ok';

export type Side = 'postgres' | 'clickhouse' | 'both';

/** One thing that the doctor saw. Plain data, the same for the command, its JSON and the dashboard. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly side: Side;
  /** One sentence with the facts. */
  readonly summary: string;
  /** What it means for deliveries. Empty where the severity is `ok`. */
  readonly meaning: string;
  /** What to do. Lines that begin with two spaces are SQL or commands, ready to paste. Empty where it is `ok`. */
  readonly advice: string;
}

/** A finding of something that was looked at and is fine. */
export function fine(code: FindingCode, side: Side, summary: string): Finding {
  return { code, severity: 'ok', side, summary, meaning: '', advice: '' };
}

/** Puts commands below what is said about them, as `Finding.advice` has it. */
export function withCommands(advice: string, ...commands: readonly string[]): string {
  return [advice, ...commands.map((command) => `  ${command}`)].join('\n');
}
