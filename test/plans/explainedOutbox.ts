import { openOutbox, type Outbox } from '../../src/outbox/database.js';

/** A node of a plan, as EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) writes it. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'WAL Bytes': number;
  readonly Plans?: readonly PlanNode[];
}

/** A statement that ran, and how. */
export interface Executed {
  readonly text: string;
  readonly plan: PlanNode;
}

export interface ExplainedOutbox {
  readonly outbox: Outbox;
  /** Every statement with a plan that has ended so far, those inside functions too, in the order of their ends. */
  readonly executed: Executed[];
}

/** An outbox whose server reports the plan of every statement with which Waybill's own code reaches it. */
export function openExplainedOutbox(databaseUrl: string): ExplainedOutbox {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_wal': 'on',
    'auto_explain.log_format': 'json',
    'auto_explain.log_level': 'notice',
  };
  const url = new URL(databaseUrl);
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  url.search = `?options=${encodeURIComponent(options.join(' '))}`;

  const outbox = openOutbox({ databaseUrl: url.href, schema: 'waybill', connectionsMax: 10 });
  const executed: Executed[] = [];
  outbox.pool.on('connect', (client) => {
    client.on('notice', (notice) => {
      const parsed = parseNotice(notice);
      if (parsed !== undefined) executed.push(parsed);
    });
  });
  return { outbox, executed };
}

/** `duration: 1.234 ms  plan:` and then the plan. */
function parseNotice({ message }: { readonly message?: string | undefined }): Executed | undefined {
  const json = /^duration: [\d.]+ ms {2}plan:\n([\s\S]+)$/.exec(message ?? '')?.[1];
  if (json === undefined) return undefined;
  const explained = JSON.parse(json) as { 'Query Text': string; Plan: PlanNode };
  return { text: explained['Query Text'], plan: explained.Plan };
}

/** The nodes of a plan that were really run, the root first. */
export function nodesRun(plan: PlanNode): PlanNode[] {
  return plan['Actual Loops'] === 0 ? [] : [plan, ...(plan.Plans ?? []).flatMap(nodesRun)];
}

/** Pages of 8 kB that a statement touched, in memory or on disk. */
export function pagesTouched(plan: PlanNode): number {
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}
