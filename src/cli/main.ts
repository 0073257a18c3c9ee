#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { actionsCommand } from './actionsCommand.js';
import { capacityCommand } from './capacityCommand.js';
import { cleanEventsOutboxCommand } from './cleanEventsOutboxCommand.js';
import { configCommand } from './configCommand.js';
import { dashboardCommand } from './dashboardCommand.js';
import { doctorCommand } from './doctorCommand.js';
import { exitCodeOfError, exitCodes } from './exitCodes.js';
import { migrateCommand } from './migrateCommand.js';
import { processEventsCommand } from './processEventsCommand.js';
import { quarantineCommand } from './quarantineCommand.js';
import { reconcileCommand } from './reconcileCommand.js';
import { statusCommand } from './statusCommand.js';
import { say } from './terminal.js';
import { tasksCommand } from './tasksCommand.js';
import { upCommand } from './upCommand.js';
import { messageOf } from '../waybillError.js';
import { workerCommand } from './workerCommand.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// Whoever reads our output may have read enough, as head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const program = new Command('waybill')
  .description('Transactional event capture on Postgres, delivered to ClickHouse with exactly-once effect.')
  .version(version)
  // Not --env-file: Node 20 takes that one for itself, wherever it stands on the command line.
  .option('--dotenv <path>', 'file of variables to read (default: .env)')
  .showHelpAfterError('(--help says more)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Options of Waybill itself are variables of the environment or of .env: waybill config lists them.

Exit codes: 0 done, 1 failed (nothing is lost; try again), 2 wrong use or option, 3 a database is not as needed.

Examples:
  $ waybill up                     start both engines for development
  $ waybill migrate                prepare your own databases
  $ waybill worker                 deliver and clean, until stopped
  $ waybill status                 see whether events flow
  $ waybill dashboard              the same and more, in a browser
  $ waybill tasks run process_events
  $ waybill doctor                 check both databases, and what to do
  $ waybill quarantine list        see which events ClickHouse refuses, and why
  $ waybill reconcile --since 24h  see whether ClickHouse holds what was delivered
  $ waybill capacity --events-per-second 5000`,
  );

for (const command of [
  upCommand,
  migrateCommand,
  workerCommand,
  processEventsCommand,
  cleanEventsOutboxCommand,
  statusCommand,
  tasksCommand,
  dashboardCommand,
  doctorCommand,
  quarantineCommand,
  reconcileCommand,
  actionsCommand,
  capacityCommand,
  configCommand,
]) {
  program.addCommand(command.copyInheritedSettings(program));
  for (const part of command.commands) part.copyInheritedSettings(program);
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ECONNRESET',
]);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage; // it has said why
  } else {
    say(`waybill: ${describe(error)}`);
    process.exitCode = exitCodeOfError(error);
  }
}

/** What went wrong, what may help, and what caused it. */
function describe(error: unknown): string {
  const isUnreachable = error instanceof Error && 'code' in error && unreachable.has(String(error.code));
  const hint = isUnreachable
    ? '\n  Is the server up, and are DATABASE_URL and CLICKHOUSE_URL right? waybill config shows what holds.'
    : '';
  const cause = error instanceof Error ? error.cause : undefined;
  return `${messageOf(error)}${hint}${cause === undefined ? '' : `\n  caused by: ${describe(cause)}`}`;
}
