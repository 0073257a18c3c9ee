import { streams, type Contender } from './contender.js';
import { rowByRowOutbox, servePollers } from './rowByRowOutbox.js';

/** The row-by-row outbox in the form most generous to it: as many pollers in its process as Waybill has streams. */
export const rowByRowOutboxParallel: Contender = {
  ...rowByRowOutbox,
  name: 'rowByRowOutboxParallel',
  title: 'row-by-row outbox, four pollers',
  module: new URL(import.meta.url),
};

export const serve = servePollers(streams);
