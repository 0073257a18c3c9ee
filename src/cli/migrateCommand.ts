import { Command, InvalidArgumentError } from 'commander';
import { quoteIdentifier } from '../config/quoteIdentifier.js';
import { printClickHouseMigrations } from '../migration/clickhouseMigrations.js';
import { migrateWith } from '../migration/migrateDatabases.js';
import { printPostgresMigrations } from '../migration/postgresMigrations.js';
import { commandContext, type GlobalFlags } from './context.js';
import { printData, say } from './terminal.js';

interface MigrateFlags extends GlobalFlags {
  readonly print?: boolean | 'postgres' | 'clickhouse';
  readonly from: number;
}

export const migrateCommand = new Command('migrate')
  .description('bring the outbox in Postgres and the event log in ClickHouse up to date')
  .option('--print [database]', 'print the SQL of postgres, clickhouse or both instead of running it')
  .option(
    '--from <number>',
    'with --print: only the migrations from this one on, for an update',
    parseNumber,
    1,
  )
  .addHelpText(
    'after',
    `
Safe to run again, and by several processes at once.

Examples:
  $ waybill migrate
  $ waybill migrate --print postgres > migrations/waybill.sql
  $ waybill migrate --print postgres --from 3`,
  )
  .action(async (_flags: MigrateFlags, command: Command) => {
    const flags = command.optsWithGlobals<MigrateFlags>();
    if (flags.print !== undefined) {
      print(flags, command);
      return;
    }
    const { options } = commandContext(flags, ['databaseUrl', 'clickhouseUrl']);
    const report = await migrateWith(options);
    for (const name of report.postgres) say(`postgres: applied ${name}`);
    for (const name of report.clickhouse) say(`clickhouse: applied ${name}`);
    for (const name of report.partitions) say(`postgres: made partition ${name}`);
    say(
      report.postgres.length + report.clickhouse.length === 0 ? 'Both databases were up to date.' : 'Done.',
    );
  });

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(
    `received ${JSON.stringify(text)}; allowed: the number of a migration, from 1.`,
  );
}

function print(flags: MigrateFlags, command: Command): void {
  const { options } = commandContext(flags, []);
  if (flags.print !== true && flags.print !== 'postgres' && flags.print !== 'clickhouse') {
    command.error(`error: --print received ${JSON.stringify(flags.print)}; allowed: postgres or clickhouse`);
  }
  if (flags.print !== 'clickhouse') {
    printData(`-- Postgres\n\n${printPostgresMigrations(quoteIdentifier(options.schema), flags.from)}\n`);
  }
  if (flags.print !== 'postgres')
    printData(`-- ClickHouse\n\n${printClickHouseMigrations(options, flags.from)}\n`);
}
