import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { nearestName } from '../event/nearestName.js';
import { WaybillError } from '../waybillError.js';
import {
  neededByEngine,
  settingNames,
  settings,
  type EngineName,
  type Setting,
  type SettingName,
} from './settings.js';

type ValueOf<Name extends SettingName> = (typeof settings)[Name] extends Setting<infer Value> ? Value : never;
type NamesWithDefault = {
  [Name in SettingName]: (typeof settings)[Name]['default'] extends undefined ? never : Name;
}[SettingName];
type NamesWithoutDefault = Exclude<SettingName, NamesWithDefault>;

/** Every option, completed and checked. Frozen. `databaseUrl` and `clickhouseUrl` are missing when not set anywhere. */
export type WaybillOptions = Readonly<
  { [Name in NamesWithDefault]: ValueOf<Name> } & { [Name in NamesWithoutDefault]?: ValueOf<Name> }
>;

/** Options given in code; they win over the environment. */
export type GivenOptions = { readonly [Name in SettingName]?: ValueOf<Name> | undefined };

export type OptionOrigin = 'code' | 'environment' | '.env' | 'default' | 'not set';

export interface OptionProblem {
  readonly variable: string;
  readonly message: string;
}

export interface ResolvedOptions {
  readonly options: WaybillOptions;
  readonly origins: Readonly<Record<SettingName, OptionOrigin>>;
  /** What looks like a mistake but stops nothing: a variable whose name is nearly one of ours. */
  readonly notices: readonly string[];
}

export interface OptionSources {
  readonly given?: GivenOptions;
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Path of a file of variables. Default: `.env`, if there is one. `null` reads none. */
  readonly envFile?: string | null;
  /** Names that must be set for what is about to run. With `taskEngine` also what the chosen engine needs. */
  readonly required?: readonly SettingName[];
}

/** Some options are impossible. Lists every problem at once. */
export class InvalidOptionsError extends WaybillError {
  readonly problems: readonly OptionProblem[];

  constructor(problems: readonly OptionProblem[], notices: readonly string[]) {
    const lines = [
      ...problems.map(({ variable, message }) => `  ${variable}: ${message}`),
      ...notices.map((notice) => `  ${notice}`),
    ];
    const count = problems.length === 1 ? 'One option is' : `${String(problems.length)} options are`;
    super('INVALID_OPTIONS', `${count} not usable; nothing was started.\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Resolves every option once: given in code, else from the environment, else from `.env`, else its default.
 * @throws {InvalidOptionsError} with every problem: the variable, the value received and what is allowed
 */
export function resolveOptions(sources: OptionSources = {}): ResolvedOptions {
  const given = sources.given ?? {};
  const environment = sources.environment ?? process.env;
  const fileVariables = sources.envFile === null ? {} : readEnvFile(sources.envFile);
  const problems: OptionProblem[] = unknownNames(given);
  const values: Partial<Record<SettingName, unknown>> = {};
  const origins = {} as Record<SettingName, OptionOrigin>;

  for (const name of settingNames) {
    const setting: Setting<unknown> = settings[name];
    const found = findValue(given[name], environment[setting.variable], fileVariables[setting.variable]);
    if (found === undefined) {
      if (setting.default !== undefined) values[name] = setting.default;
      else if (sources.required?.includes(name) === true) {
        problems.push({ variable: setting.variable, message: `is not set; allowed: ${setting.allowed}` });
      }
      origins[name] = setting.default === undefined ? 'not set' : 'default';
      continue;
    }
    origins[name] = found.origin;
    const parsed = setting.schema.safeParse(found.value);
    if (parsed.success) values[name] = parsed.data;
    else {
      const received = showValue(setting, found.value);
      const from = found.origin === 'code' ? `option ${name}` : found.origin;
      problems.push({
        variable: setting.variable,
        message: `received ${received} (from ${from}); allowed: ${setting.allowed}`,
      });
    }
  }

  if (sources.required?.includes('taskEngine') === true) problems.push(...missingForEngine(values));
  if (values.clickhouseCluster !== undefined && values.clickhouseEngine === 'MergeTree') {
    problems.push({
      variable: settings.clickhouseEngine.variable,
      message: 'MergeTree does not replicate; with CLICKHOUSE_CLUSTER set, allowed: ReplicatedMergeTree',
    });
  }
  const notices = misspelledVariables({ ...fileVariables, ...environment });
  if (problems.length > 0) throw new InvalidOptionsError(problems, notices);
  return {
    options: Object.freeze(values) as WaybillOptions, // each value passed the schema of its name
    origins,
    notices,
  };
}

function missingForEngine(values: Partial<Record<SettingName, unknown>>): OptionProblem[] {
  const engine = values.taskEngine as EngineName | undefined; // passed its schema, or is a problem already
  if (engine === undefined) return [];
  return neededByEngine[engine]
    .filter((name) => values[name] === undefined)
    .map((name) => {
      const { variable, allowed } = settings[name];
      return { variable, message: `is not set; TASK_ENGINE is ${engine}; allowed: ${allowed}` };
    });
}

/** A value as it may be shown: the password of a URL, and the whole of a secret, replaced by `***`. */
export function showValue(setting: Setting<unknown>, value: unknown): string {
  if (setting.isSecret === true) return Array.isArray(value) && value.length === 0 ? '' : '***';
  if (Array.isArray(value)) return value.join(' ');
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(setting.holdsPassword === true ? hidePassword(value) : value);
}

/** A URL with its password replaced by `***`; what is no URL is hidden whole, since a password may stand anywhere in it. */
export function hidePassword(value: string): string {
  if (/^[a-z]+:\/\/$/.test(value)) return value; // `rpc://`
  if (!URL.canParse(value)) return '***';
  const url = new URL(value);
  // `app:secret@host/db`, its scheme forgotten, is a URL too, of the scheme `app:` and without a host.
  if (url.host === '') return '***';
  if (url.password !== '') url.password = '***';
  for (const key of url.searchParams.keys()) {
    if (/password|secret|token/i.test(key)) url.searchParams.set(key, '***');
  }
  return url.href;
}

function findValue(
  given: unknown,
  inEnvironment: string | undefined,
  inFile: string | undefined,
): { value: unknown; origin: OptionOrigin } | undefined {
  if (given !== undefined) return { value: given, origin: 'code' };
  // An empty variable means "not set", as it does in every shell script that passes one on.
  if (inEnvironment !== undefined && inEnvironment !== '')
    return { value: inEnvironment, origin: 'environment' };
  if (inFile !== undefined && inFile !== '') return { value: inFile, origin: '.env' };
  return undefined;
}

function readEnvFile(given: string | undefined): Readonly<Record<string, string | undefined>> {
  const path = given ?? '.env';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && given === undefined) return {};
    const problem = isMissing ? 'is not there' : 'could not be read';
    throw new WaybillError(
      'ENV_FILE_UNREADABLE',
      `The file of variables ${path} ${problem}. Nothing was started. Correct its name or its rights.`,
      { cause: error },
    );
  }
  return parseEnv(text);
}

function unknownNames(given: GivenOptions): OptionProblem[] {
  return Object.keys(given)
    .filter((name) => !(settingNames as readonly string[]).includes(name))
    .map((name) => {
      const nearest = nearestName(name, settingNames);
      const hint =
        nearest === undefined ? `the options are ${settingNames.join(', ')}` : `did you mean ${nearest}?`;
      return { variable: name, message: `is not an option (${hint})` };
    });
}

const ourPrefixes = /^(LOG_EVENTS_|LOG_SENDING_|FAILED_LOG_|OUTBOX_CLEAN|WAYBILL_)/;
// Read by capture inside the application (config/captureOptions.ts), so known although no setting of the worker.
const otherVariables = ['WAYBILL_ENVIRONMENT'];

function misspelledVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = [...settingNames.map((name) => settings[name].variable), ...otherVariables];
  return Object.keys(environment)
    .filter((variable) => ourPrefixes.test(variable) && !known.includes(variable))
    .flatMap((variable) => {
      const nearest = nearestName(variable, known);
      return nearest === undefined
        ? []
        : [`${variable} is set but is not a variable of Waybill; did you mean ${nearest}?`];
    });
}
