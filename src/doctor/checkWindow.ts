import type { WaybillOptions } from '../config/options.js';
import { formatDuration } from '../durationText.js';
import { quotedTable } from '../eventlog/client.js';
import { isReplicated, readTableSetting, type TableVerdict } from '../eventlog/judgeTable.js';
import { retryTimeMs, type DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** A batch is a block for each month that its events lie in, seldom more than two. */
const blocksPerBatch = 2;
const hourMs = 3_600_000;
/** `replicated_deduplication_window_seconds` of a server that does not say. */
const windowSecondsDefault = 3_600;

export interface DeduplicationWindow {
  readonly blocks: number;
  readonly setting: string;
  /** Tokens of replicated tables also expire with time; undefined for plain ones, which know no time. */
  readonly seconds: number | undefined;
}

/** Reads how long the table remembers. Undefined where it does not, which `checkTable` tells. */
export async function readWindow(
  { eventLog }: DoctorContext,
  verdict: TableVerdict,
  signal: AbortSignal,
): Promise<DeduplicationWindow | undefined> {
  if (!verdict.fit) return undefined;
  const { table, windowBlocks: blocks, windowSetting: setting } = verdict;
  if (!isReplicated(table)) return { blocks, setting, seconds: undefined };
  const found = await readTableSetting(eventLog, table, 'replicated_deduplication_window_seconds', signal);
  return { blocks, setting, seconds: found ?? windowSecondsDefault };
}

/**
 * Whether the table remembers a token for as long as its batch may be tried again.
 * @param batchesPerHour of the busiest hour of late; undefined where Postgres could not say
 */
export function checkWindow(
  window: DeduplicationWindow,
  batchesPerHour: number | undefined,
  options: WaybillOptions,
  table: { readonly database: string; readonly table: string },
): readonly Finding[] {
  const retryMs = retryTimeMs(options);
  const neededBatches = options.deliveryConcurrency + Math.ceil(((batchesPerHour ?? 0) * retryMs) / hourMs);
  const neededBlocks = blocksPerBatch * neededBatches;
  const neededSeconds = Math.ceil(retryMs / 1_000);
  const name = quotedTable(table);
  const retries = `A batch may be tried again for ${formatDuration(retryMs)}`;
  const findings: Finding[] = [];
  if (window.blocks < neededBlocks) {
    const wanted = Math.max(10_000, 2 * neededBlocks);
    findings.push(
      tooShort(
        `${retries}, in which ${neededBlocks.toLocaleString('en')} blocks may be stored; the table remembers ` +
          `${window.blocks.toLocaleString('en')}.`,
        `ALTER TABLE ${name} MODIFY SETTING ${window.setting} = ${String(wanted)};`,
      ),
    );
  }
  if (window.seconds !== undefined && window.seconds < neededSeconds) {
    findings.push(
      tooShort(
        `${retries}; the table forgets after ${formatDuration(window.seconds * 1_000)}.`,
        `ALTER TABLE ${name} MODIFY SETTING replicated_deduplication_window_seconds = ${String(Math.max(604_800, 2 * neededSeconds))};`,
      ),
    );
  }
  if (findings.length > 0) return findings;
  return [
    fine(
      'WINDOW_FITS',
      'both',
      `${retries}; the table remembers ${window.blocks.toLocaleString('en')} blocks, of which ${neededBlocks.toLocaleString('en')} may pass by then.`,
    ),
  ];
}

function tooShort(summary: string, command: string): Finding {
  return {
    code: 'WINDOW_SHORT',
    severity: 'warning',
    side: 'both',
    summary,
    meaning:
      'A batch that was tried before is counted before it is sent again, so one that arrived whole is never sent ' +
      'twice. But one that arrived in part, one of two months, doubles that part where its token is forgotten; it is ' +
      'then deleted and sent as another batch, and until then queries see it twice.',
    advice: withCommands('Let the table remember for longer:', command),
  };
}
