import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { isRight, type Verdict } from '../verdict.js';

interface Entry {
  readonly name: string;
  readonly verdict: Verdict;
  readonly faults: number;
  readonly rolledBack?: number;
  readonly disruptions?: Readonly<Record<string, number>>;
}

interface ChaosSettings {
  readonly seed: number;
  readonly rounds: number;
  readonly durationMs: number;
  readonly processors: number;
}

const recordFile = new URL('../../../docs/evidence/chaos.md', import.meta.url);

/** What a run of the chaos saw: printed at its end, and kept in docs. */
export class ChaosReport {
  readonly #settings: ChaosSettings;
  readonly #areas = new Map<string, Entry[]>();
  readonly #views: string[] = [];
  readonly #startedMs = performance.now();

  constructor(settings: ChaosSettings) {
    this.#settings = settings;
  }

  add(area: string, entry: Entry): void {
    const entries = this.#areas.get(area) ?? [];
    this.#areas.set(area, [...entries, entry]);
  }

  noteView(name: string, rows: number, events: number): void {
    if (rows !== events)
      this.#views.push(`| ${name} | ${events.toLocaleString('en')} | ${rows.toLocaleString('en')} |`);
  }

  /** Prints the figures, and writes them into the record where they are those of a whole run. */
  async publish({ record }: { readonly record: boolean }): Promise<void> {
    const text = await format(this.#text(), { parser: 'markdown', printWidth: 110 });
    process.stdout.write(`\n${text}\n`);
    if (record) await writeFile(recordFile, text);
  }

  #text(): string {
    const { seed, rounds, durationMs, processors } = this.#settings;
    const entries = [...this.#areas.values()].flat();
    const wrong = entries.filter(({ verdict }) => !isRight(verdict));
    const minutes = ((performance.now() - this.#startedMs) / 60_000).toFixed(1);
    return [
      '# Chaos: a faulty network, killed engines, forgotten tokens',
      '',
      `The last run of \`npm run chaos -- --seed ${String(seed)} --rounds ${String(rounds)} --seconds ${String(durationMs / 1_000)}\`, ` +
        `on ${new Date().toISOString().slice(0, 10)}: ${minutes} minutes on ${String(processors)} processors. ` +
        'What is compared is a ledger, a table that the application writes in the same transactions and that knows nothing of ' +
        'Waybill, with every row of the event log and its content. No batch may be left undelivered, cut or quarantined.',
      '',
      '| | cases | faults | events | lost | doubled | phantom | altered | other |',
      '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
      ...Array.from(this.#areas, ([area, ofArea]) => row(area, ofArea)),
      row('**total**', entries),
      '',
      '_other_: batches not delivered at the end, events that no batch or two own, batches cut or events quarantined.',
      '',
      wrong.length === 0
        ? 'Every case ended as it should.'
        : `**Wrong: ${String(wrong.length)}.** Seed ${String(seed)}.\n\n` +
          wrong.map(({ name, verdict }) => `- ${name}: \`${JSON.stringify(verdict)}\``).join('\n'),
      ...this.#viewsText(),
      ...this.#disruptionsText(entries),
    ].join('\n');
  }

  #viewsText(): string[] {
    if (this.#views.length === 0) return [];
    return [
      '\n## Materialized views outside the window\n',
      'The event log itself is right in each of these cases. A view keeps the rows of a batch that arrived in part and was ' +
        'replaced: deleting from a table deletes nothing from its views.',
      '',
      '| | events | rows of the view |',
      '|---|---:|---:|',
      ...this.#views,
    ];
  }

  #disruptionsText(entries: readonly Entry[]): string[] {
    const counts = new Map<string, number>();
    for (const { disruptions = {}, rolledBack = 0 } of entries) {
      for (const [name, count] of Object.entries(disruptions))
        counts.set(name, (counts.get(name) ?? 0) + count);
      if (rolledBack > 0)
        counts.set('events rolled back', (counts.get('events rolled back') ?? 0) + rolledBack);
    }
    if (counts.size === 0) return [];
    return [
      '\n## In the soak rounds, beside the faults of single requests and statements\n',
      ...Array.from(counts, ([name, count]) => `- ${name}: ${count.toLocaleString('en')}`),
    ];
  }
}

function row(area: string, entries: readonly Entry[]): string {
  const sum = (figure: (entry: Entry) => number): string =>
    entries.reduce((total, entry) => total + figure(entry), 0).toLocaleString('en');
  const of = (name: keyof Verdict): string => sum(({ verdict }) => verdict[name]);
  const other = sum(({ verdict }) => verdict.unsettledBatches + verdict.misowned + verdict.refused);
  return [
    `| ${area}`,
    entries.length.toLocaleString('en'),
    sum(({ faults }) => faults),
    of('events'),
    of('lost'),
    of('doubled'),
    of('phantom'),
    of('altered'),
    `${other} |`,
  ].join(' | ');
}
