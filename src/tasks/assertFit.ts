import type { DoctorContext } from '../doctor/context.js';
import { examineFatal } from '../doctor/examine.js';
import type { Finding } from '../doctor/finding.js';
import type { Logger } from '../observe/logger.js';
import { WaybillError } from '../waybillError.js';

/**
 * Refuses to start on databases with which nothing could be delivered, or something twice.
 *
 * A ClickHouse that cannot be reached is no reason: events are kept in the outbox until it can, and each run looks at
 * the table before it sends.
 * @throws {WaybillError} that names every fatal finding; or what Postgres answers when it cannot be reached
 */
export async function assertFit(context: DoctorContext, logger: Logger): Promise<void> {
  const { postgres, clickhouse } = await examineFatal(context);
  if (postgres.failure !== undefined) throw postgres.failure;
  const findings = [...postgres.findings, ...clickhouse.findings];
  const isOutage = ({ code }: Finding): boolean => code === 'CLICKHOUSE_UNREACHABLE';
  const faults = findings.filter((finding) => !isOutage(finding));
  if (faults.length > 0) throw refusal(faults);
  if (findings.some(isOutage)) {
    logger.warn(
      { err: clickhouse.failure },
      'ClickHouse cannot be reached; events are kept in the outbox until it can',
    );
  }
}

function refusal(faults: readonly Finding[]): WaybillError {
  const [first, ...others] = faults;
  const code = first === undefined || others.length > 0 ? 'DATABASES_UNFIT' : first.code;
  const told = faults.map(
    ({ code: name, summary, advice }) => `  ${name}: ${summary}\n${indent(advice, '    ')}`,
  );
  return new WaybillError(
    code,
    'The worker did not start. Nothing was sent, and nothing is lost: events are kept in the outbox.\n' +
      `${told.join('\n')}\n  waybill doctor tells more.`,
  );
}

function indent(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => `${by}${line}`)
    .join('\n');
}
