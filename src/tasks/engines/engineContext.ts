import type { Logger } from '../../observe/logger.js';
import type { Outbox } from '../../outbox/database.js';
import type { TaskRunner } from '../taskRunner.js';

/** What every engine works with. */
export interface EngineContext {
  readonly outbox: Outbox;
  readonly runner: TaskRunner;
  /** Unique name of this worker. */
  readonly worker: string;
  readonly logger: Logger;
}
