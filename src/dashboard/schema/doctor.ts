import { z } from 'zod';
import { durationMs, timestamp } from './common.js';

/** The same as `waybill doctor --json`. docs/doctor.md lists every code. */
export const finding = z.object({
  code: z.string(),
  severity: z.enum(['fatal', 'warning', 'note', 'ok']),
  side: z.enum(['postgres', 'clickhouse', 'both']),
  /** One sentence with the facts. */
  summary: z.string(),
  /** What it means for deliveries. Empty where the severity is `ok`. */
  meaning: z.string(),
  /** What to do. Lines that begin with two spaces are SQL or commands, ready to paste. Empty where it is `ok`. */
  advice: z.string(),
});
export type Finding = z.infer<typeof finding>;

/** Both databases are examined at most every few seconds; `examinedAt` tells when. */
export const doctorAnswer = z.object({
  examinedAt: timestamp,
  durationMs,
  findings: z.array(finding),
});
export type DoctorAnswer = z.infer<typeof doctorAnswer>;
