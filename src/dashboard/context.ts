import type { WaybillOptions } from '../config/options.js';
import type { EventLog } from '../eventlog/client.js';
import type { Logger } from '../observe/logger.js';
import type { Outbox } from '../outbox/database.js';
import { readOnly } from '../outbox/readOnly.js';
import { describePostgresError } from './describeFailure.js';
import type { Redaction } from './redaction.js';
import type { DoctorAnswer } from './schema/doctor.js';
import type { Overview, SeriesAnswer } from './schema/overview.js';
import type { SharedAnswers } from './sharedAnswers.js';

/** What the handlers work with. */
export interface DashboardContext {
  readonly outbox: Outbox;
  readonly eventLog: EventLog;
  readonly options: WaybillOptions;
  readonly logger: Logger;
  readonly redaction: Redaction;
  readonly version: string;
  readonly shared: {
    readonly overview: SharedAnswers<Overview>;
    readonly series: SharedAnswers<SeriesAnswer>;
    readonly doctor: SharedAnswers<DoctorAnswer>;
  };
  /** Exports under way. */
  readonly exports: { running: number };
}

/** How long Postgres works on one question. */
const statementMsMax = 5_000;

/** Asks Postgres, read-only and bounded. @throws {ProblemError} that says what went wrong */
export async function askOutbox<Answer>(
  { outbox }: Pick<DashboardContext, 'outbox'>,
  ask: (outbox: Outbox) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await readOnly(outbox, statementMsMax, ask);
  } catch (error) {
    throw describePostgresError(error);
  }
}

/** Has Postgres change something. @throws {ProblemError} that says what went wrong */
export async function changeOutbox<Answer>(
  { outbox, shared }: Pick<DashboardContext, 'outbox' | 'shared'>,
  change: (outbox: Outbox) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await change(outbox);
  } catch (error) {
    throw describePostgresError(error);
  } finally {
    shared.overview.forget();
  }
}
