import { readServer } from '../../eventlog/readServer.js';
import { readServer as readPostgres } from '../../outbox/readServer.js';
import { askOutbox, type DashboardContext } from '../context.js';
import { describeClickHouseError } from '../describeFailure.js';
import { readSearch, type EventSearch } from '../eventQuery.js';
import { exportEvents as read } from '../exportEvents.js';
import { exportFormats, type ExportFormat } from '../exportFormat.js';
import type { Handler } from '../handler.js';
import { ProblemError } from '../problemError.js';

/** Each reads for as long as somebody downloads. */
const exportsMax = 2;

/**
 * Streams the whole result as a file. Both databases are asked whether they answer before it begins; when one fails in the
 * middle, the transfer is cut off, so that nobody takes a part for the whole.
 */
export const exportEvents: Handler<'exportEvents'> = async ({ query, signal, context }) => {
  const { format: name, ...filterQuery } = query;
  const search = readSearch(filterQuery);
  if (context.exports.running >= exportsMax) {
    throw new ProblemError('RATE_LIMITED', {
      detail: `${String(exportsMax)} exports are under way already.`,
      advice: 'Try again when one of them has ended.',
      headers: { 'retry-after': '10' },
    });
  }
  context.exports.running += 1;
  const ended = new AbortController();
  try {
    await assertBothAnswer(context, search, signal);
  } catch (error) {
    context.exports.running -= 1;
    throw error;
  }
  const bytes = write(context, search, exportFormats[name], AbortSignal.any([signal, ended.signal]));
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await bytes.next();
        if (done === true) finish();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        finish();
        if (!signal.aborted) context.logger.error({ err: error }, 'an export was cut off');
        controller.error(error);
      }
    },
    cancel: () => {
      finish();
    },
  });
  let isFinished = false;
  function finish(): void {
    if (isFinished) return;
    isFinished = true;
    context.exports.running -= 1;
    ended.abort(); // ends the query in ClickHouse too
  }
  const { from, to } = search.filter;
  return new Response(stream, {
    headers: {
      'content-type': exportFormats[name].mediaType,
      'content-disposition': `attachment; filename="events-${fileTime(from)}-${fileTime(to)}.${name}"`,
    },
  });
};

async function assertBothAnswer(
  context: DashboardContext,
  { waitingStatuses, wantsDelivered }: EventSearch,
  signal: AbortSignal,
): Promise<void> {
  if (waitingStatuses.length > 0) await askOutbox(context, readPostgres);
  if (!wantsDelivered) return;
  try {
    await readServer(context.eventLog, signal);
  } catch (error) {
    throw describeClickHouseError(error);
  }
}

const chunkCharsMax = 65_536;

/** Writes the events as bytes, several of them a chunk. */
async function* write(
  context: DashboardContext,
  search: EventSearch,
  format: ExportFormat,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, undefined> {
  const encoder = new TextEncoder();
  let text = format.head;
  for await (const events of read(context, search, signal)) {
    for (const event of events) {
      text += format.write(event);
      if (text.length < chunkCharsMax) continue;
      yield encoder.encode(text);
      text = '';
    }
  }
  if (text !== '') yield encoder.encode(text);
  return undefined;
}

/** `2026-11-26T0930`: no file system minds it. */
function fileTime(iso: string): string {
  return iso.slice(0, 16).replaceAll(':', '');
}
