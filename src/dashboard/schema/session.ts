import { z } from 'zod';
import { timestamp } from './common.js';

/** What somebody may do. A viewer sees everything, an operator may also act. */
export const role = z.enum(['viewer', 'operator']);
export type Role = z.infer<typeof role>;

export const session = z.object({
  user: z.object({ name: z.string(), role }),
  /**
   * How the user was let in: `loopback`, without credentials because the dashboard listens on this machine only;
   * `credentials`, with a password or token of its own; `authorize`, by the application that it is mounted into.
   */
  access: z.enum(['loopback', 'credentials', 'authorize']),
  version: z.string(),
  /** The server's clock. */
  now: timestamp,
  /** A `redact` hook of the application changes events before they are shown. */
  redacts: z.boolean(),
  eventLog: z.object({ database: z.string(), table: z.string() }),
  outbox: z.object({ schema: z.string() }),
});
export type Session = z.infer<typeof session>;
