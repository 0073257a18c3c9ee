import { resolveOptions, type GivenOptions, type WaybillOptions } from '../config/options.js';
import { settings } from '../config/settings.js';
import { silentLogger, type Logger } from '../observe/logger.js';
import { WaybillError } from '../waybillError.js';
import type { RedactHook, RedactTextHook } from './redaction.js';
import type { Authorize } from './security/authenticate.js';
import type { DashboardCredentials } from './security/users.js';

/** Options in code. Those of Waybill itself that are not given come from the environment, `.env` and the defaults. */
export interface DashboardOptions extends GivenOptions {
  /**
   * Who may sign in, and as what. Default: DASHBOARD_USERS, unless there is an `authorize`. Without any, only requests from
   * this machine are let in.
   */
  readonly users?: readonly DashboardCredentials[] | undefined;
  /** Lets the application say who asks: from its session, for example. */
  readonly authorize?: Authorize | undefined;
  /** Changes each event before anybody sees it. Called for every event of every list and export. */
  readonly redact?: RedactHook | undefined;
  /** Changes the errors of ClickHouse, which may quote events. Without it they are withheld where `redact` is set. */
  readonly redactText?: RedactTextHook | undefined;
  /**
   * Where the browser finds the dashboard, such as `/waybill`. Default: where the framework has mounted it, if that says
   * so (Express, Nest), else what a trusted proxy says, else the root. Served by itself: DASHBOARD_BASE_PATH before these.
   */
  readonly basePath?: string | undefined;
  /** Host names for which it answers, besides localhost and 127.0.0.1, such as `ops.example.com`. Default: DASHBOARD_HOSTS. */
  readonly hosts?: readonly string[] | undefined;
  /**
   * Believes X-Forwarded-For, -Host and -Prefix. Only behind a proxy that sets them itself: anybody can send them.
   * Default: DASHBOARD_TRUST_PROXY, false.
   */
  readonly trustProxy?: boolean | undefined;
  /** Default: logs nothing. A logger of `pino` fits. */
  readonly logger?: Logger | undefined;
  /** Where the built pages lie. Default: in this package. */
  readonly pagesDirectory?: string | undefined;
}

/** The options completed and checked. */
export interface ResolvedDashboardOptions {
  readonly options: WaybillOptions;
  readonly users: readonly DashboardCredentials[];
  readonly authorize: Authorize | undefined;
  readonly redact: RedactHook | undefined;
  readonly redactText: RedactTextHook | undefined;
  /** Without a slash at its end. */
  readonly basePath: string | undefined;
  /** In small letters. */
  readonly hosts: readonly string[];
  readonly trustProxy: boolean;
  readonly logger: Logger;
  readonly pagesDirectory: string | undefined;
}

/** @throws {InvalidOptionsError}, and {WaybillError} INVALID_OPTION */
export function resolveDashboardOptions(dashboardOptions: DashboardOptions): ResolvedDashboardOptions {
  const {
    users,
    authorize,
    redact,
    redactText,
    basePath,
    hosts,
    trustProxy,
    logger,
    pagesDirectory,
    ...given
  } = dashboardOptions;
  const { options, notices } = resolveOptions({ given, required: ['databaseUrl', 'clickhouseUrl'] });
  for (const notice of notices) logger?.warn({}, notice);
  return {
    options,
    users: users ?? (authorize === undefined ? options.dashboardUsers : []),
    authorize,
    redact,
    redactText,
    basePath: basePath === undefined ? undefined : checkBasePath(basePath),
    hosts: (hosts ?? options.dashboardHosts).map((host) => host.toLowerCase()),
    trustProxy: trustProxy ?? options.dashboardTrustProxy,
    logger: logger ?? silentLogger,
    pagesDirectory,
  };
}

function checkBasePath(basePath: string): string {
  const { schema, allowed } = settings.dashboardBasePath;
  const parsed = schema.safeParse(basePath);
  if (parsed.success) return parsed.data;
  throw new WaybillError(
    'INVALID_OPTION',
    `basePath is ${JSON.stringify(basePath)}; allowed: ${allowed}. Nothing was started.`,
  );
}
