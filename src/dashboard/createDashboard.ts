import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { closeEventLog, openEventLog } from '../eventlog/client.js';
import { closeOutbox, openOutbox } from '../outbox/database.js';
import type { DashboardContext } from './context.js';
import { dashboardApp } from './dashboardApp.js';
import {
  resolveDashboardOptions,
  type DashboardOptions,
  type ResolvedDashboardOptions,
} from './dashboardOptions.js';
import { nodeListener } from './nodeListener.js';
import { Pages } from './pages.js';
import { Redaction } from './redaction.js';
import { authenticator } from './security/authenticate.js';
import type { RequestInfo } from './security/requestOrigin.js';
import { SharedAnswers } from './sharedAnswers.js';

/** The dashboard, ready to be mounted. */
export interface Dashboard {
  /** Answers a web-standard request: for Hono, Next, Bun, and whoever else has those. */
  readonly fetch: (request: Request, info?: RequestInfo) => Promise<Response>;
  /** Answers a request of Node: for node:http, Express, Nest and Fastify. */
  readonly node: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  /** Closes the connections to both databases. May be called twice. */
  close(): Promise<void>;
}

const connectTimeoutMs = 3_000;
/** Longer than any question but an export may take; the client gives up what is silent for so long. */
const requestTimeoutMs = 30_000;
/** Few, so that looking never takes the connections that the work needs. */
const connectionsMax = 5;

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Makes a dashboard to be mounted into an application. It opens connections of its own, when they are needed.
 * @throws {InvalidOptionsError}, and {WaybillError} INVALID_OPTION
 *
 * @example
 * const dashboard = createDashboard({
 *   hosts: ['ops.example.com'],
 *   authorize: (request, { incoming }) => sessionOf(incoming)?.admin ? { name: 'Ann', role: 'operator' } : undefined,
 * });
 * app.use('/waybill', dashboard.node);
 */
export function createDashboard(dashboardOptions: DashboardOptions = {}): Dashboard {
  return openDashboard(resolveDashboardOptions(dashboardOptions));
}

/** Opens nothing over the network yet. */
export function openDashboard(resolved: ResolvedDashboardOptions): Dashboard {
  const { options, users, authorize, redact, redactText, basePath, hosts, trustProxy, logger } = resolved;
  const { databaseUrl = '', clickhouseUrl = '' } = options; // required
  const authenticate = authenticator({ users, authorize, trustProxy });
  const outbox = openOutbox({
    databaseUrl,
    schema: options.schema,
    connectionsMax,
    connectTimeoutMs,
    onIdleError: (error) => {
      logger.warn({ err: error }, 'a connection to Postgres was lost while idle; it is replaced when needed');
    },
  });
  const eventLog = openEventLog({
    clickhouseUrl,
    database: options.clickhouseDatabase,
    table: options.clickhouseTable,
    cluster: options.clickhouseCluster,
    timeoutMs: requestTimeoutMs,
    connectionsMax,
  });
  const context: DashboardContext = {
    outbox,
    eventLog,
    options,
    logger,
    redaction: new Redaction(redact, redactText, logger),
    version,
    shared: {
      overview: new SharedAnswers(1_000),
      series: new SharedAnswers(2_000),
      doctor: new SharedAnswers(5_000),
    },
    exports: { running: 0 },
  };
  const app = dashboardApp({
    context,
    authenticate,
    pages: new Pages(resolved.pagesDirectory),
    hosts,
    basePath,
    trustProxy,
  });
  const fetch = async (request: Request, info: RequestInfo = {}): Promise<Response> =>
    app.fetch(request, info);
  let closed: Promise<void> | undefined;
  return {
    fetch,
    node: nodeListener(fetch),
    close: () =>
      (closed ??= Promise.all([closeOutbox(outbox), closeEventLog(eventLog)]).then(() => undefined)),
  };
}
