import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hidePassword,
  InvalidOptionsError,
  resolveOptions,
  type GivenOptions,
  type OptionProblem,
  type OptionSources,
} from './options.js';
import { settingNames, settings } from './settings.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waybill-options-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function envFile(text: string): Promise<string> {
  const path = join(directory, '.env');
  await writeFile(path, text);
  return path;
}

function resolve(sources: OptionSources): ReturnType<typeof resolveOptions> {
  return resolveOptions({ environment: {}, envFile: null, ...sources });
}

function problemsOf(sources: OptionSources): readonly OptionProblem[] {
  return errorOf(sources).problems;
}

function errorOf(sources: OptionSources): InvalidOptionsError {
  try {
    resolve(sources);
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error;
    throw error;
  }
  throw new Error('The options were accepted.');
}

describe('options', () => {
  it('have the defaults of the specification', () => {
    expect(resolve({}).options).toMatchObject({
      logEventsPartitionQuantity: 1_000,
      logSendingFrequencyInMinutes: 10,
      outboxCleanInMinutes: 1_440,
      failedLogSendingRetries: 5,
    });
  });

  it('are frozen, and miss what has no default and is not set', () => {
    const { options } = resolve({});
    expect(Object.isFrozen(options)).toBe(true);
    expect('databaseUrl' in options).toBe(false);
  });

  it('take a value from the code, else the environment, else .env, else the default, and say whence', async () => {
    const variable = 'LOG_EVENTS_PARTITION_QUANTITY';
    const path = await envFile(`${variable}=30\n`);
    const name = 'logEventsPartitionQuantity';
    const found = (sources: OptionSources): unknown => {
      const { options, origins } = resolve(sources);
      return [options[name], origins[name]];
    };
    expect(found({})).toEqual([1_000, 'default']);
    expect(found({ envFile: path })).toEqual([30, '.env']);
    expect(found({ envFile: path, environment: { [variable]: '20' } })).toEqual([20, 'environment']);
    expect(found({ envFile: path, environment: { [variable]: '20' }, given: { [name]: 10 } })).toEqual([
      10,
      'code',
    ]);
    expect(resolve({}).origins.databaseUrl).toBe('not set');
  });

  it('take an empty variable for one that is not set', async () => {
    const path = await envFile('LOG_LEVEL=debug\n');
    const environment = { LOG_LEVEL: '', FAILED_LOG_SENDING_RETRIES: '' };
    expect(resolve({ environment, envFile: path }).options).toMatchObject({
      logLevel: 'debug',
      failedLogSendingRetries: 5,
    });
  });

  it('do not miss a .env that is not there, but a file that was named, and say when one cannot be read', () => {
    expect(() => resolveOptions({ environment: {} })).not.toThrow();
    expect(() => resolve({ envFile: join(directory, 'missing') })).toThrow(
      'is not there. Nothing was started',
    );
    expect(() => resolve({ envFile: directory })).toThrow('could not be read. Nothing was started');
  });

  it('take no path in the URL of ClickHouse, which would be a database that is not the one written to', () => {
    expect(problemsOf({ environment: { CLICKHOUSE_URL: 'https://host:8443/analytics' } })).toMatchObject([
      { variable: 'CLICKHOUSE_URL', message: expect.stringContaining('CLICKHOUSE_DATABASE') as string },
    ]);
  });

  it('take whole and decimal minutes', () => {
    const environment = { LOG_SENDING_FREQUENCY_IN_MINUTES: ' 0.5 ', OUTBOX_CLEAN_IN_MINUTES: '7' };
    expect(resolve({ environment }).options).toMatchObject({
      logSendingFrequencyInMinutes: 0.5,
      outboxCleanInMinutes: 7,
    });
  });
});

describe('an impossible option is refused with its variable, what was received and what is allowed:', () => {
  it.each(['0', 'abc', '-5', '1e9', '1000001', '1.5', '0x10', 'Infinity'])(
    'LOG_EVENTS_PARTITION_QUANTITY of %s',
    (value) => {
      expect(problemsOf({ environment: { LOG_EVENTS_PARTITION_QUANTITY: value } })).toEqual([
        {
          variable: 'LOG_EVENTS_PARTITION_QUANTITY',
          message: `received "${value}" (from environment); allowed: a whole number from 1 to 1,000,000`,
        },
      ]);
    },
  );

  it.each([0, 1_000_000_000, 1.5, Number.NaN])('logEventsPartitionQuantity of %d in code', (value) => {
    expect(problemsOf({ given: { logEventsPartitionQuantity: value } })).toEqual([
      {
        variable: 'LOG_EVENTS_PARTITION_QUANTITY',
        message: `received ${String(value)} (from option logEventsPartitionQuantity); allowed: a whole number from 1 to 1,000,000`,
      },
    ]);
  });

  it.each([
    ['LOG_SENDING_FREQUENCY_IN_MINUTES', '0', 'minutes from 0.001 to 525,600, whole or decimal'],
    ['OUTBOX_CLEAN_IN_MINUTES', 'daily', 'minutes from 0.001 to 525,600, whole or decimal'],
    ['FAILED_LOG_SENDING_RETRIES', '-1', 'a whole number from 0 to 1,000'],
    ['LOG_LEVEL', 'loud', 'trace or debug or info or warn or error or silent'],
    ['CLICKHOUSE_ENGINE', 'Memory', 'MergeTree or ReplicatedMergeTree'],
    ['WAYBILL_SCHEMA', 'x'.repeat(64), 'a name of 1 to 63 bytes'],
  ])('%s of %s', (variable, value, allowed) => {
    expect(problemsOf({ environment: { [variable]: value } })).toEqual([
      { variable, message: `received "${value}" (from environment); allowed: ${allowed}` },
    ]);
  });

  it('all of them at once', () => {
    const error = errorOf({
      environment: { LOG_EVENTS_PARTITION_QUANTITY: '0', FAILED_LOG_SENDING_RETRIES: 'x' },
      given: { logLevel: 'loud' } as unknown as GivenOptions,
      required: ['databaseUrl'],
    });
    expect(error.code).toBe('INVALID_OPTIONS');
    expect(error.problems.map(({ variable }) => variable)).toEqual([
      'DATABASE_URL',
      'LOG_EVENTS_PARTITION_QUANTITY',
      'FAILED_LOG_SENDING_RETRIES',
      'LOG_LEVEL',
    ]);
    expect(error.message).toContain('4 options are not usable; nothing was started.');
    for (const { variable, message } of error.problems)
      expect(error.message).toContain(`  ${variable}: ${message}`);
  });

  it('one that is required and not set', () => {
    expect(problemsOf({ required: ['databaseUrl', 'logLevel'] })).toEqual([
      {
        variable: 'DATABASE_URL',
        message: 'is not set; allowed: a URL such as postgres://user:password@host:5432/database',
      },
    ]);
  });

  it('a cluster with an engine that does not replicate', () => {
    expect(problemsOf({ given: { clickhouseCluster: 'main' } })).toMatchObject([
      { variable: 'CLICKHOUSE_ENGINE' },
    ]);
    const given = { clickhouseCluster: 'main', clickhouseEngine: 'ReplicatedMergeTree' } as const;
    expect(() => resolve({ given })).not.toThrow();
  });

  it('a name that is nearly an option, with the option that was meant', () => {
    const given = { logEventPartitionQuantity: 5 } as unknown as GivenOptions;
    expect(problemsOf({ given })).toEqual([
      {
        variable: 'logEventPartitionQuantity',
        message: 'is not an option (did you mean logEventsPartitionQuantity?)',
      },
    ]);
  });

  it('a name that is like no option, with all of them', () => {
    const [problem] = problemsOf({ given: { q: 5 } as unknown as GivenOptions });
    for (const name of settingNames) expect(problem?.message).toContain(name);
  });
});

describe('the queue of BullMQ', () => {
  it('has no colon in its name, which BullMQ refuses', () => {
    const [problem] = problemsOf({ environment: { BULLMQ_QUEUE: 'team:waybill' } });
    expect(problem).toMatchObject({
      variable: 'BULLMQ_QUEUE',
      message: expect.stringContaining('without a colon') as string,
    });
  });
});

describe('the database of a Redis', () => {
  it.each(['redis://host:6379', 'redis://host:6379/', 'redis://host:6379/15'])('has a number: %s', (url) => {
    expect(() => resolve({ environment: { REDIS_URL: url } })).not.toThrow();
  });

  it.each(['redis://host:6379/production', 'redis://host:6379/0/1', 'redis://host:6379/-1'])(
    'has no other name: %s',
    (url) => {
      const [problem] = problemsOf({ environment: { REDIS_URL: url } });
      expect(problem).toMatchObject({
        variable: 'REDIS_URL',
        message: expect.stringContaining('6379/0') as string,
      });
    },
  );
});

describe('what the chosen engine needs', () => {
  it.each([
    ['celery', 'CELERY_BROKER_URL', 'redis://host:6379/0'],
    ['celery', 'CELERY_BROKER_URL', 'amqp://app:hunter2@host'],
    ['bullmq', 'REDIS_URL', 'rediss://host:6379/0'],
  ])('must be set: with TASK_ENGINE=%s, %s, such as %s', (engine, variable, url) => {
    const environment = { TASK_ENGINE: engine };
    expect(problemsOf({ environment, required: ['taskEngine'] })).toEqual([
      {
        variable,
        message: expect.stringContaining(`is not set; TASK_ENGINE is ${engine}; allowed: a URL`) as string,
      },
    ]);
    const complete = { ...environment, [variable]: url };
    expect(() => resolve({ environment: complete, required: ['taskEngine'] })).not.toThrow();
  });

  it('is nothing for Postgres, the default', () => {
    expect(() => resolve({ required: ['taskEngine'] })).not.toThrow();
  });

  it('is asked for by what runs the tasks, and by nothing else', () => {
    const environment = { TASK_ENGINE: 'celery' };
    expect(() => resolve({ environment })).not.toThrow();
    expect(() => resolve({ environment, required: ['celeryBrokerUrl'] })).toThrow(InvalidOptionsError);
    expect(problemsOf({ environment, required: ['taskEngine'] })).toHaveLength(1);
  });

  it('is not guessed where the engine itself is not usable', () => {
    const environment = { TASK_ENGINE: 'cron' };
    expect(problemsOf({ environment, required: ['taskEngine'] })).toEqual([
      {
        variable: 'TASK_ENGINE',
        message: 'received "cron" (from environment); allowed: postgres or celery or bullmq',
      },
    ]);
  });
});

describe('a password', () => {
  const wrong = [
    'mysql://app:hunter2@host/db',
    'app:hunter2@host',
    'app:hunter2@host:5432/db',
    'postgres//app:hunter2@host/db',
    'hunter2',
  ];
  const variablesWithPassword = [
    'DATABASE_URL',
    'CLICKHOUSE_URL',
    'CELERY_BROKER_URL',
    'CELERY_RESULT_BACKEND',
    'REDIS_URL',
  ];

  it.each(wrong)('never shows in an error about the URL that holds it, such as %s', (value) => {
    for (const variable of variablesWithPassword) {
      expect(errorOf({ environment: { [variable]: value } }).message).not.toContain('hunter2');
    }
  });

  it.each([
    ['postgres://app:hunter2@host:5432/db', 'postgres://app:***@host:5432/db'],
    [
      'postgres://app@host/db?password=hunter2&sslmode=require',
      'postgres://app@host/db?password=***&sslmode=require',
    ],
    [
      'https://host:8443/?secret=hunter2&access_token=hunter2',
      'https://host:8443/?secret=***&access_token=***',
    ],
    ['redis://:hunter2@host:6379/0', 'redis://:***@host:6379/0'],
    ['rediss://app:hunter2@host:6379/0', 'rediss://app:***@host:6379/0'],
    ['amqp://app:hunter2@host:5672/vhost', 'amqp://app:***@host:5672/vhost'],
    ['pyamqp://app:hunter2@host//', 'pyamqp://app:***@host//'],
    ['postgres:app:hunter2@host/db', '***'],
    ['postgres:/app:hunter2@host/db', '***'],
    ['no URL at all: hunter2', '***'],
  ])('is hidden in %s', (value, shown) => {
    expect(hidePassword(value)).toBe(shown);
  });

  it('is not looked for in a URL that is nothing but its scheme', () => {
    expect(hidePassword('rpc://')).toBe('rpc://');
  });

  it('may stand only in settings that are marked as holding one', () => {
    const marked = settingNames.filter((name) => 'holdsPassword' in settings[name]);
    expect(marked.map((name) => settings[name].variable)).toEqual(variablesWithPassword);
  });
});

describe('a variable whose name is nearly one of ours', () => {
  it.each([
    ['LOG_EVENTS_PARTITION_QUANTTIY', 'LOG_EVENTS_PARTITION_QUANTITY'],
    ['LOG_SENDING_FREQUENCY_IN_MINUTE', 'LOG_SENDING_FREQUENCY_IN_MINUTES'],
    ['OUTBOX_CLEAN_MINUTES', 'OUTBOX_CLEAN_IN_MINUTES'],
    ['FAILED_LOG_SENDING_RETRY', 'FAILED_LOG_SENDING_RETRIES'],
  ])('%s, is noticed', (variable, meant) => {
    expect(resolve({ environment: { [variable]: '1' } }).notices).toEqual([
      `${variable} is set but is not a variable of Waybill; did you mean ${meant}?`,
    ]);
  });

  it('is noticed in .env too', async () => {
    const path = await envFile('WAYBILL_SHEMA=outbox\n');
    expect(resolve({ envFile: path }).notices).toHaveLength(1);
  });

  it('is no matter where it is ours, or somebody else’s', () => {
    const ours = Object.fromEntries(settingNames.map((name) => [settings[name].variable, '']));
    const environment = { ...ours, WAYBILL_ENVIRONMENT: 'test', PATH: '/bin', DATABASE_URLS: 'x' };
    expect(resolve({ environment }).notices).toEqual([]);
  });
});
