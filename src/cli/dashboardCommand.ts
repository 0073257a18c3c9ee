import { Command } from 'commander';
import { parseWholeNumberWithin } from './arguments.js';
import { aborted, commandContext, stopSignal, type GlobalFlags } from './context.js';
import { printData, say } from './terminal.js';

interface DashboardFlags extends GlobalFlags {
  readonly host?: string;
  readonly port?: number;
  readonly basePath?: string;
}

export const dashboardCommand = new Command('dashboard')
  .description('serve a page that shows whether events flow, and why not, until stopped')
  .option('--host <address>', 'address to listen at (default: DASHBOARD_HOST, 127.0.0.1)')
  .option(
    '--port <number>',
    'port to listen at; 0 takes a free one (default: DASHBOARD_PORT, 4680)',
    parseWholeNumberWithin(0, 65_535),
  )
  .option('--base-path <path>', 'path below which a proxy has it (default: DASHBOARD_BASE_PATH, none)')
  .addHelpText(
    'after',
    `
Listens on this machine only. Any other address needs users:
  DASHBOARD_USERS='ann:operator:<password> bob:viewer:<password>'   passwords of 12 characters or more
  DASHBOARD_HOSTS=ops.example.com                                   the names under which it is reached

Behind a proxy that others reach, at https://ops.example.com/waybill/ for instance, it needs users too:
  DASHBOARD_BASE_PATH=/waybill       where a browser finds it, whether the proxy takes that off or not
  DASHBOARD_TRUST_PROXY=true         believe X-Forwarded-For, -Host and -Prefix, which the proxy must set itself

Prints its address on standard output. SIGINT or SIGTERM stops it. docs/dashboard.md says how to mount it into an application.

Examples:
  $ waybill dashboard
  $ waybill dashboard --port 8080`,
  )
  .action(async (_flags: DashboardFlags, command: Command) => {
    const { host, port, basePath, ...flags } = command.optsWithGlobals<DashboardFlags>();
    const { options, logger } = commandContext(flags, ['databaseUrl', 'clickhouseUrl']);
    const stop = stopSignal();
    const { serveDashboard } = await import('../dashboard/serveDashboard.js'); // nothing else needs a web server
    const served = await serveDashboard({ ...options, host, port, basePath, logger });
    try {
      printData(served.url);
      if (options.dashboardUsers.length === 0)
        say('For whoever is on this machine, as operator. Ctrl-C stops it.');
      else say('Its users are those of DASHBOARD_USERS. Ctrl-C stops it.');
      await aborted(stop);
    } finally {
      await served.stop();
    }
  });
