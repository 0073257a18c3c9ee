import type { TaskMessage } from './decodeMessage.js';
import type { Outcome } from './encodeResult.js';

/** Where the sender of a message looks for how it ended. */
export interface Results {
  /** @throws when it cannot be kept; the work is done all the same */
  store(message: TaskMessage, outcome: Outcome): Promise<void>;
  close(): void;
}
