import type { Choices } from './choices.js';
import type { Circumstances } from './circumstances.js';
import type { Journal } from './journal.js';
import type { VirtualTime } from './virtualTime.js';

/** What the parts of one history share. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly choices: Choices;
  readonly journal: Journal;
  readonly circumstances: Circumstances;
  /** Requests that are on their way, of all workers. */
  readonly underWay: { count: number };
}
