import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WaybillError, messageOf } from '../waybillError.js';
import { openDashboard } from './createDashboard.js';
import { resolveDashboardOptions, type DashboardOptions } from './dashboardOptions.js';
import { isLoopbackName } from './security/requestOrigin.js';

export interface ServeOptions extends DashboardOptions {
  /** Address to listen at. Default: DASHBOARD_HOST, 127.0.0.1. One that others reach needs users or authorize. */
  readonly host?: string | undefined;
  /** Default: DASHBOARD_PORT, 4680. 0 takes one that is free. */
  readonly port?: number | undefined;
}

export interface ServedDashboard {
  /** Where it is, such as `http://127.0.0.1:4680/`. */
  readonly url: string;
  /** Ends what is under way, within a second, and closes the connections. May be called twice. */
  stop(): Promise<void>;
}

const graceMs = 1_000;

/**
 * Serves the dashboard by itself.
 * @throws {WaybillError} INVALID_OPTION where others reach it and it has no users; PORT_UNUSABLE; {InvalidOptionsError}
 */
export async function serveDashboard(options: ServeOptions = {}): Promise<ServedDashboard> {
  const { host: givenHost, port: givenPort, ...dashboardOptions } = options;
  const resolved = resolveDashboardOptions(dashboardOptions);
  const { users, authorize, trustProxy, basePath = resolved.options.dashboardBasePath } = resolved;
  const host = givenHost ?? resolved.options.dashboardHost;
  const port = givenPort ?? resolved.options.dashboardPort;
  if (users.length === 0 && authorize === undefined) {
    // Requests that a proxy passes on come from this machine, and not every proxy says that it is one.
    const isProxied = trustProxy || (basePath ?? '') !== '';
    if (isProxied || !isLoopbackName(host)) {
      const where = isProxied ? 'Through a proxy' : `At address ${host}`;
      const instead = isProxied
        ? 'DASHBOARD_BASE_PATH and DASHBOARD_TRUST_PROXY unset'
        : 'the address at 127.0.0.1';
      throw new WaybillError(
        'INVALID_OPTION',
        `${where} others can reach the dashboard, and it has no users. Nothing was started. ` +
          `Set DASHBOARD_USERS, or leave ${instead}.`,
      );
    }
  }
  const dashboard = openDashboard({ ...resolved, basePath });
  const server = createServer((incoming, outgoing) => void dashboard.node(incoming, outgoing));
  try {
    await listen(server, host, port);
  } catch (cause) {
    await dashboard.close();
    throw new WaybillError(
      'PORT_UNUSABLE',
      `The dashboard cannot listen at ${host}, port ${String(port)}: ${messageOf(cause)}. Nothing was started. ` +
        'Choose another one with --port or DASHBOARD_PORT.',
      { cause },
    );
  }
  const { port: taken } = server.address() as AddressInfo; // it listens at one
  const name = host.includes(':') ? `[${host}]` : host;
  let stopped: Promise<void> | undefined;
  return {
    url: `http://${name}:${String(taken)}${basePath ?? ''}/`,
    stop: () => (stopped ??= close(server).then(() => dashboard.close())),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const tooLong = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(tooLong);
      resolve();
    });
    server.closeIdleConnections();
  });
}
