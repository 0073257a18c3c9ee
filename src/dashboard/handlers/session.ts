import type { Handler } from '../handler.js';

export const readSession: Handler<'readSession'> = ({ user, access, context }) => {
  const { options, redaction, version } = context;
  return Promise.resolve({
    user,
    access,
    version,
    now: new Date().toISOString(),
    redacts: redaction.isOn,
    eventLog: { database: options.clickhouseDatabase, table: options.clickhouseTable },
    outbox: { schema: options.schema },
  });
};
