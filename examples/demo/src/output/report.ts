import type { DeliveredCounts } from '../delivery/readEventLog.js';
import type { LatencySummary } from '../delivery/latency.js';
import type { Comparison } from '../ledger/compareEventLog.js';
import type { SettledQuestions } from '../ledger/settleOpenQuestions.js';
import type { RequestCounts } from '../traffic/shopClient.js';
import { formatCount, formatDuration } from './format.js';
import type { Paint } from './paint.js';
import { table } from './table.js';

export interface DemoResult {
  readonly trafficSeconds: number;
  readonly requests: RequestCounts;
  readonly settled: SettledQuestions;
  readonly delivered: DeliveredCounts;
  readonly latency: LatencySummary | undefined;
  readonly pollIntervalMs: number;
  readonly comparison: Comparison;
}

/** What a person reads at the end. The last line is the verdict. */
export function report(result: DemoResult, paint: Paint): string {
  const { comparison } = result;
  return [
    '',
    ...eventTable(comparison, paint),
    '',
    ...facts(result),
    '',
    ...discrepancyLines(comparison).map((line) => paint.bad(line)),
    verdict(comparison, paint),
  ].join('\n');
}

export function verdict({ total, clean }: Comparison, paint: Paint): string {
  const { lost, doubled, phantom } = total;
  const text = `lost ${formatCount(lost)}, doubled ${formatCount(doubled)}, phantom ${formatCount(phantom)}`;
  return clean ? paint.good(`✔ ${text}`) : paint.bad(`✘ ${text}`);
}

function eventTable({ types, total }: Comparison, paint: Paint): string[] {
  const cells = (name: string, tally: Comparison['total']): string[] => [
    name,
    ...[tally.expected, tally.found, tally.lost, tally.doubled, tally.phantom].map(formatCount),
  ];
  const [heading = '', ...lines] = table([
    ['event', 'captured', 'in ClickHouse', 'lost', 'doubled', 'phantom'],
    ...types.map((tally) => cells(tally.eventType, tally)),
    cells('total', total),
  ]);
  const totalLine = lines.pop() ?? '';
  const rule = paint.dim(`  ${'─'.repeat(heading.length - 2)}`);
  return [paint.dim(heading), rule, ...lines, rule, paint.bold(totalLine)];
}

function facts({
  trafficSeconds,
  requests,
  settled,
  delivered,
  latency,
  pollIntervalMs,
}: DemoResult): string[] {
  const all = requests.done + requests.refused + requests.unseen;
  const perSecond = formatCount(Math.round(all / trafficSeconds));
  const perBatch = formatCount(Math.round(delivered.events / Math.max(1, delivered.batches)));
  const rows: [string, string][] = [
    ['requests', `${formatCount(all)} in ${formatDuration(trafficSeconds * 1_000)}, ${perSecond} per second`],
    ['  done', formatCount(requests.done)],
    ['  refused', `${formatCount(requests.refused)}, rolled back or never begun`],
    [
      '  abandoned',
      `${formatCount(requests.unseen)}, in the end ${formatCount(settled.done)} of them took effect`,
    ],
    ['delivery', `${formatCount(delivered.batches)} batches, ${perBatch} events each on average`],
    ['latency', latency === undefined ? 'not measured' : latencyLine(latency, pollIntervalMs)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, fact]) => `  ${name.padEnd(width)}   ${fact}`);
}

function latencyLine({ probes, p50Ms, p99Ms, maxMs }: LatencySummary, pollIntervalMs: number): string {
  const figures = `p50 ${formatDuration(p50Ms)}, p99 ${formatDuration(p99Ms)}, max ${formatDuration(maxMs)}`;
  const method = `${formatCount(probes)} probes, looked for every ${formatDuration(pollIntervalMs)}`;
  return `${figures} from commit to queryable (${method})`;
}

function discrepancyLines({ discrepancies, total }: Comparison): string[] {
  const lines = discrepancies.map(
    ({ kind, eventType, subject, note }) => `  ${kind}: ${eventType} of ${subject ?? 'nobody'}: ${note}`,
  );
  const more = total.lost + total.doubled + total.phantom - lines.length;
  return more > 0 ? [...lines, `  and ${formatCount(more)} more`] : lines;
}
