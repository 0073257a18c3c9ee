import { examine } from '../../doctor/examine.js';
import type { Handler } from '../handler.js';

export const readDoctor: Handler<'readDoctor'> = ({ context }) => {
  const { outbox, eventLog, options, redaction } = context;
  return context.shared.doctor.get('', async () => {
    const { examinedAt, durationMs, findings } = await examine({ outbox, eventLog, options });
    return {
      examinedAt,
      durationMs,
      findings: findings.map((finding) => ({
        ...finding,
        summary: redaction.summary(finding.code, finding.summary),
      })),
    };
  });
};
