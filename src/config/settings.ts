import { z } from 'zod';

/** One option: its environment variable, what is allowed, its default, and what it is for. */
export interface Setting<Value> {
  readonly variable: string;
  /** Reads a string of the environment or a value given in code. */
  readonly schema: z.ZodType<Value>;
  /** What the schema accepts, in words; ends the sentence "allowed: …". */
  readonly allowed: string;
  readonly default: Value | undefined;
  readonly description: string;
  /** A URL that may hold a password, hidden wherever the value is shown. */
  readonly holdsPassword?: boolean;
  /** Not shown at all. */
  readonly isSecret?: boolean;
}

function wholeNumber(min: number, max: number): Pick<Setting<number>, 'schema' | 'allowed'> {
  const text = z.string().trim().regex(/^\d+$/).transform(Number);
  return {
    schema: z.union([z.number(), text]).pipe(z.number().int().min(min).max(max)),
    allowed: `a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`,
  };
}

function minutes(min: number, max: number): Pick<Setting<number>, 'schema' | 'allowed'> {
  const text = z
    .string()
    .trim()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number);
  return {
    schema: z.union([z.number(), text]).pipe(z.number().min(min).max(max)),
    allowed: `minutes from ${String(min)} to ${max.toLocaleString('en')}, whole or decimal`,
  };
}

/** Of a URL. `database`: the number of one of Redis. */
const allowedPaths = { none: /^\/$/, any: /^/, database: /^\/?\d{0,9}$/ };

function url(
  protocols: readonly string[],
  example: string,
  path: 'none' | 'any' | 'database',
): Pick<Setting<string>, 'schema' | 'allowed'> {
  return {
    schema: z
      .string()
      .trim()
      .refine(
        (value) =>
          URL.canParse(value) &&
          protocols.includes(new URL(value).protocol) &&
          allowedPaths[path].test(new URL(value).pathname),
      ),
    allowed: `a URL such as ${example}`,
  };
}

function name(bytesMax: number): Pick<Setting<string>, 'schema' | 'allowed'> {
  return {
    schema: z
      .string()
      .min(1)
      .refine((value) => !value.includes('\0') && Buffer.byteLength(value) <= bytesMax),
    allowed: `a name of 1 to ${String(bytesMax)} bytes`,
  };
}

function choice<const Value extends string>(...values: Value[]): Pick<Setting<Value>, 'schema' | 'allowed'> {
  return { schema: z.enum(values), allowed: values.join(' or ') };
}

const truth: Pick<Setting<boolean>, 'schema' | 'allowed'> = {
  schema: z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]),
  allowed: 'true or false',
};

/** Somebody who may sign in at the dashboard. */
export interface DashboardUserSetting {
  readonly name: string;
  readonly role: 'viewer' | 'operator';
  readonly password: string;
}

const dashboardUser = z.strictObject({
  name: z.string(),
  role: z.enum(['viewer', 'operator']),
  password: z.string(),
});

/** `ann:operator:a-long-password bob:viewer:another-one`: a password may hold colons, and no white space. */
const dashboardUsersText = z
  .string()
  .transform((text) => text.split(/\s+/).filter((entry) => entry !== ''))
  .pipe(z.array(z.string().regex(/^[^:]+:[^:]+:.+$/)))
  .transform((entries) =>
    entries.map((entry) => {
      const [name, role, ...rest] = entry.split(':');
      return { name, role, password: rest.join(':') };
    }),
  );

const names = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(/[\s,]+/).filter((name) => name !== '')),
]);

const yearInMinutes = 525_600;

/** What can start the tasks. */
export const engineNames = ['postgres', 'celery', 'bullmq'] as const;
export type EngineName = (typeof engineNames)[number];

/** Every option of Waybill, in the order in which `waybill config` shows them. The one place of their defaults. */
export const settings = {
  databaseUrl: {
    variable: 'DATABASE_URL',
    ...url(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database', 'any'),
    default: undefined,
    description: 'The Postgres database of the application, in which the outbox lives',
    holdsPassword: true,
  } satisfies Setting<string>,
  clickhouseUrl: {
    variable: 'CLICKHOUSE_URL',
    ...url(
      ['http:', 'https:'],
      'https://user:password@host:8443, its database in CLICKHOUSE_DATABASE',
      'none',
    ),
    default: undefined,
    description: 'The ClickHouse server that receives the events, over HTTP',
    holdsPassword: true,
  } satisfies Setting<string>,
  logEventsPartitionQuantity: {
    variable: 'LOG_EVENTS_PARTITION_QUANTITY',
    ...wholeNumber(1, 1_000_000),
    default: 1_000,
    description: 'Records in a batch; with fewer left, a run ends',
  } satisfies Setting<number>,
  logSendingFrequencyInMinutes: {
    variable: 'LOG_SENDING_FREQUENCY_IN_MINUTES',
    ...minutes(0.001, yearInMinutes),
    default: 10,
    description: 'How often process_events runs',
  } satisfies Setting<number>,
  outboxCleanInMinutes: {
    variable: 'OUTBOX_CLEAN_IN_MINUTES',
    ...minutes(0.001, yearInMinutes),
    default: 1_440,
    description: 'How often clean_events_outbox runs',
  } satisfies Setting<number>,
  failedLogSendingRetries: {
    variable: 'FAILED_LOG_SENDING_RETRIES',
    ...wholeNumber(0, 1_000),
    default: 5,
    description: 'How often a run sends a batch again after it failed, before the run ends',
  } satisfies Setting<number>,
  logEventsMaxWaitInMinutes: {
    variable: 'LOG_EVENTS_MAX_WAIT_IN_MINUTES',
    ...minutes(0, yearInMinutes),
    default: undefined,
    description: 'Send a smaller batch once its oldest record has waited this long; off when not set',
  } satisfies Setting<number>,
  deliveryConcurrency: {
    variable: 'DELIVERY_CONCURRENCY',
    ...wholeNumber(1, 16),
    default: 4,
    description: 'Batches that one run sends at the same time',
  } satisfies Setting<number>,
  claimLeaseInSeconds: {
    variable: 'CLAIM_LEASE_IN_SECONDS',
    ...wholeNumber(1, 3_600),
    default: 60,
    description: 'How long a claim outlives a worker that died; renewed while the worker lives',
  } satisfies Setting<number>,
  insertTimeoutInSeconds: {
    variable: 'INSERT_TIMEOUT_IN_SECONDS',
    ...wholeNumber(1, 3_600),
    default: 120,
    description: 'How long one insert into ClickHouse may be silent before it is given up',
  } satisfies Setting<number>,
  historyRetentionInDays: {
    variable: 'HISTORY_RETENTION_IN_DAYS',
    ...wholeNumber(1, 3_650),
    default: 30,
    description: 'How long delivered batches, attempts and runs are kept as a record',
  } satisfies Setting<number>,
  eventPartitionSize: {
    variable: 'EVENT_PARTITION_SIZE',
    ...wholeNumber(100_000, 1_000_000_000),
    default: 1_000_000,
    description: 'Event ids in one partition of the outbox',
  } satisfies Setting<number>,
  schema: {
    variable: 'WAYBILL_SCHEMA',
    ...name(63),
    default: 'waybill',
    description: 'Postgres schema of the outbox',
  } satisfies Setting<string>,
  clickhouseDatabase: {
    variable: 'CLICKHOUSE_DATABASE',
    ...name(63),
    default: 'default',
    description: 'ClickHouse database of the event log',
  } satisfies Setting<string>,
  clickhouseTable: {
    variable: 'CLICKHOUSE_TABLE',
    ...name(63),
    default: 'event_log',
    description: 'ClickHouse table of the event log',
  } satisfies Setting<string>,
  clickhouseEngine: {
    variable: 'CLICKHOUSE_ENGINE',
    ...choice('MergeTree', 'ReplicatedMergeTree'),
    default: 'MergeTree',
    description: 'Engine of the table that waybill migrate creates',
  } satisfies Setting<'MergeTree' | 'ReplicatedMergeTree'>,
  clickhouseCluster: {
    variable: 'CLICKHOUSE_CLUSTER',
    ...name(63),
    default: undefined,
    description: 'Create the table ON CLUSTER; a single server when not set',
  } satisfies Setting<string>,
  taskEngine: {
    variable: 'TASK_ENGINE',
    ...choice(...engineNames),
    default: 'postgres',
    description: 'What starts the tasks: a clock in Postgres, a Celery Beat, or BullMQ',
  } satisfies Setting<EngineName>,
  celeryBrokerUrl: {
    variable: 'CELERY_BROKER_URL',
    ...url(
      ['redis:', 'rediss:', 'amqp:', 'amqps:', 'pyamqp:'],
      'redis://:password@host:6379/0 or amqp://user:password@host:5672/vhost',
      'any',
    ),
    default: undefined,
    description: 'The broker to which Celery Beat sends; needed with TASK_ENGINE=celery',
    holdsPassword: true,
  } satisfies Setting<string>,
  celeryResultBackend: {
    variable: 'CELERY_RESULT_BACKEND',
    ...url(['redis:', 'rediss:', 'rpc:'], 'redis://:password@host:6379/1, or rpc://', 'any'),
    default: undefined,
    description: 'Where the reports of runs go for AsyncResult of Celery; nowhere when not set',
    holdsPassword: true,
  } satisfies Setting<string>,
  celeryQueue: {
    variable: 'CELERY_QUEUE',
    ...name(255),
    default: 'waybill',
    description: 'Queue of the broker that is read; one of its own, since any other task in it is refused',
  } satisfies Setting<string>,
  redisUrl: {
    variable: 'REDIS_URL',
    ...url(['redis:', 'rediss:'], 'redis://:password@host:6379/0', 'database'),
    default: undefined,
    description: 'The Redis of BullMQ; needed with TASK_ENGINE=bullmq',
    holdsPassword: true,
  } satisfies Setting<string>,
  bullmqQueue: {
    variable: 'BULLMQ_QUEUE',
    schema: name(255).schema.refine((value) => !value.includes(':')),
    allowed: 'a name of 1 to 255 bytes without a colon',
    default: 'waybill',
    description: 'Queue of BullMQ in which the tasks are scheduled',
  } satisfies Setting<string>,
  bullmqPrefix: {
    variable: 'BULLMQ_PREFIX',
    ...name(255),
    default: 'bull',
    description: "Prefix of BullMQ's keys in Redis",
  } satisfies Setting<string>,
  dashboardHost: {
    variable: 'DASHBOARD_HOST',
    ...name(255),
    default: '127.0.0.1',
    description: 'Address at which waybill dashboard listens; any that others reach needs DASHBOARD_USERS',
  } satisfies Setting<string>,
  dashboardPort: {
    variable: 'DASHBOARD_PORT',
    ...wholeNumber(0, 65_535),
    default: 4_680,
    description: 'Port at which waybill dashboard listens; 0 takes one that is free',
  } satisfies Setting<number>,
  dashboardHosts: {
    variable: 'DASHBOARD_HOSTS',
    schema: names,
    allowed: 'host names such as ops.example.com, with commas or spaces between them',
    default: [],
    description: 'Names under which the dashboard is reached, besides localhost',
  } satisfies Setting<readonly string[]>,
  dashboardBasePath: {
    variable: 'DASHBOARD_BASE_PATH',
    schema: z
      .string()
      .trim()
      .regex(/^(?:\/[\w.~-]+)*\/*$/)
      .transform((path) => path.replace(/\/+$/, '')),
    allowed: 'a path such as /waybill, of letters, digits, dots, - _ and ~',
    default: undefined,
    description: 'Path under which a browser finds waybill dashboard, where a proxy has it below one',
  } satisfies Setting<string>,
  dashboardTrustProxy: {
    variable: 'DASHBOARD_TRUST_PROXY',
    ...truth,
    default: false,
    description: 'Believe X-Forwarded-For, -Host and -Prefix: only behind a proxy that sets them itself',
  } satisfies Setting<boolean>,
  dashboardUsers: {
    variable: 'DASHBOARD_USERS',
    schema: z.union([z.array(dashboardUser), dashboardUsersText.pipe(z.array(dashboardUser))]),
    allowed: 'name:role:password, with spaces between users; role: viewer or operator',
    default: [],
    description: 'Who may sign in at the dashboard: name:role:password, with spaces between them',
    isSecret: true,
  } satisfies Setting<readonly DashboardUserSetting[]>,
  logLevel: {
    variable: 'LOG_LEVEL',
    ...choice('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
    description: 'Least severe log line that is written',
  } satisfies Setting<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'>,
  logFormat: {
    variable: 'LOG_FORMAT',
    ...choice('auto', 'json', 'text'),
    default: 'auto',
    description: 'Log lines as JSON or as text; auto writes text to a terminal',
  } satisfies Setting<'auto' | 'json' | 'text'>,
};

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];

/** What must be set for an engine to start. */
export const neededByEngine: Readonly<Record<EngineName, readonly SettingName[]>> = {
  postgres: [],
  celery: ['celeryBrokerUrl'],
  bullmq: ['redisUrl'],
};
