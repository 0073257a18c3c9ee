import { resolveOptions, type GivenOptions } from '../../src/config/options.js';
import type { DoctorContext } from '../../src/doctor/context.js';
import { examine } from '../../src/doctor/examine.js';
import type { Finding } from '../../src/doctor/finding.js';
import type { TestDatabases } from './databases.js';

/** What the doctor looks at in a test: its databases, with the defaults of every option besides. */
export function doctorContext(
  databases: Pick<TestDatabases, 'outbox' | 'eventLog' | 'given'>,
  given: GivenOptions = {},
): DoctorContext {
  const { options } = resolveOptions({
    given: { ...databases.given, ...given },
    environment: {},
    envFile: null,
  });
  return { outbox: databases.outbox, eventLog: databases.eventLog, options };
}

/** Everything that the doctor finds not to be fine. */
export async function findFaults(
  databases: Pick<TestDatabases, 'outbox' | 'eventLog' | 'given'>,
  given: GivenOptions = {},
): Promise<Finding[]> {
  const { findings } = await examine(doctorContext(databases, given));
  return findings.filter(({ severity }) => severity === 'fatal' || severity === 'warning');
}

/** The codes among them, without those that come twice. */
export async function faultCodes(
  databases: Pick<TestDatabases, 'outbox' | 'eventLog' | 'given'>,
  given: GivenOptions = {},
): Promise<string[]> {
  return [...new Set((await findFaults(databases, given)).map(({ code }) => code))].sort();
}
