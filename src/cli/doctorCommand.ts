import { Command } from 'commander';
import { examine, type DoctorReport } from '../doctor/examine.js';
import type { Finding, Severity, Side } from '../doctor/finding.js';
import { closeEventLog, openEventLog } from '../eventlog/client.js';
import { closeOutbox, openOutbox } from '../outbox/database.js';
import { commandContext, type GlobalFlags } from './context.js';
import { exitCodes, type ExitCode } from './exitCodes.js';
import { paint, printData, wrap } from './terminal.js';

interface DoctorFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly strict?: boolean;
}

const connectTimeoutMs = 5_000;
const requestTimeoutMs = 10_000;
/** Checks of one side that are made at the same time. */
const connectionsMax = 4;

export const doctorCommand = new Command('doctor')
  .description('check both databases, and say of each finding what it means and what to do')
  .option('--strict', 'exit with 1 on warnings too')
  .option('--json', 'print the report as JSON')
  .addHelpText(
    'after',
    `
Changes nothing, and asks both databases as the worker would: run it with the worker's variables.
A worker makes the fatal part of these checks when it starts.

Exit codes: 0 nothing fatal, 1 a database cannot be reached (with --strict: or a warning), 3 something is fatal.
docs/doctor.md lists every finding.

Examples:
  $ waybill doctor
  $ waybill doctor --strict --json | jq '.findings[] | select(.severity != "ok")'`,
  )
  .action(async (_flags: DoctorFlags, command: Command) => {
    const flags = command.optsWithGlobals<DoctorFlags>();
    const { options } = commandContext(flags, ['databaseUrl', 'clickhouseUrl']);
    const { databaseUrl = '', clickhouseUrl = '' } = options;
    const outbox = openOutbox({ databaseUrl, schema: options.schema, connectionsMax, connectTimeoutMs });
    const eventLog = openEventLog({
      clickhouseUrl,
      database: options.clickhouseDatabase,
      table: options.clickhouseTable,
      cluster: options.clickhouseCluster,
      timeoutMs: requestTimeoutMs,
      connectionsMax,
    });
    try {
      const report = await examine({ outbox, eventLog, options });
      printData(flags.json === true ? JSON.stringify(report, null, 2) : describeReport(report));
      process.exitCode = exitCodeOfReport(report, flags.strict === true);
    } finally {
      await closeEventLog(eventLog);
      await closeOutbox(outbox);
    }
  });

const unreachable = new Set<string>(['POSTGRES_UNREACHABLE', 'CLICKHOUSE_UNREACHABLE']);

function exitCodeOfReport({ findings }: DoctorReport, strict: boolean): ExitCode {
  const fatal = findings.filter(({ severity }) => severity === 'fatal');
  if (fatal.some(({ code }) => !unreachable.has(code))) return exitCodes.misconfigured;
  if (fatal.length > 0) return exitCodes.failed;
  return strict && findings.some(({ severity }) => severity === 'warning')
    ? exitCodes.failed
    : exitCodes.done;
}

const sideNames: Readonly<Record<Side, string>> = {
  postgres: 'Postgres',
  clickhouse: 'ClickHouse',
  both: 'Both',
};
const severities: readonly Severity[] = ['fatal', 'warning', 'note', 'ok'];
const marks = {
  fatal: { sign: '✖', style: 'red' },
  warning: { sign: '▲', style: 'yellow' },
  note: { sign: '•', style: 'cyan' },
  ok: { sign: '✔', style: 'green' },
} as const;

/** The worst comes last on each side, next to the verdict, where a person at a terminal looks. */
function describeReport(report: DoctorReport): string {
  const sides = (['postgres', 'clickhouse', 'both'] as const).flatMap((side) => {
    const findings = report.findings.filter((finding) => finding.side === side);
    return findings.length === 0 ? [] : [describeSide(side, findings)];
  });
  return [...sides, describeVerdict(report.findings)].join('\n\n');
}

function describeSide(side: Side, findings: readonly Finding[]): string {
  const ordered = severities
    .toReversed()
    .flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  return [paint('bold', sideNames[side]), ...ordered.map(describeFinding)].join('\n');
}

function describeFinding({ code, severity, summary, meaning, advice }: Finding): string {
  const { sign, style } = marks[severity];
  if (severity === 'ok') return wrap(`${paint(style, sign)} ${summary}`, 2, 4);
  return [
    '',
    wrap(`${paint(style, sign)} ${paint(style, code)}  ${summary}`, 2, 4),
    wrap(meaning, 4, 4),
    ...advice.split('\n').map((line, index) => describeAdvice(line, index)),
  ].join('\n');
}

/** Commands keep their line whole, so that they can be pasted. */
function describeAdvice(line: string, index: number): string {
  if (line.startsWith('  ')) return `      ${paint('bold', line.trimStart())}`;
  return wrap(`${index === 0 ? '→ ' : ''}${line}`, 4, 6);
}

function describeVerdict(findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const counts = [
    [count('fatal'), 'fatal'],
    [count('warning'), count('warning') === 1 ? 'warning' : 'warnings'],
    [count('note'), count('note') === 1 ? 'note' : 'notes'],
  ] as const;
  const told = counts.filter(([number]) => number > 0).map(([number, word]) => `${String(number)} ${word}`);
  const fine = `${String(count('ok'))} checks fine`;
  if (told.length === 0) return paint('green', `All is well: ${fine}.`);
  const style = count('fatal') > 0 ? 'red' : count('warning') > 0 ? 'yellow' : 'green';
  return paint(style, `${told.join(', ')}; ${fine}.`);
}
