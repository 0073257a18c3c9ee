import { markdownTable } from 'markdown-table';
import { machineLines } from './machine.js';
import { cellText } from './numbers.js';
import type { StoredSection } from './storedSection.js';
import { summaryText, targetRows } from './targets.js';

/** The page that shows all results of a directory, made of its JSON files. */
export function composePage(sections: readonly StoredSection[]): string {
  const parts = [
    '# What was measured',
    'Written by `npm run bench`; do not edit. What each part measures, how, and what is fair and unfair about it stands in ' +
      '`bench/README.md`.',
    ...targetParts(sections),
    '## How to read this',
    howToRead(sections),
    '## Measured on',
    ...machineParts(sections),
    ...sections.flatMap(sectionParts),
  ];
  return `${parts.join('\n\n')}\n`;
}

function targetParts(sections: readonly StoredSection[]): string[] {
  const targets = sections.flatMap((section) => section.targets);
  if (targets.length === 0) return [];
  return [
    `## ${summaryText(targets)}`,
    table([['target', 'measured', 'promised', ''], ...targetRows(targets)], {
      align: ['l', 'r', 'r', 'c'],
    }),
  ];
}

function howToRead(sections: readonly StoredSection[]): string {
  const quick = sections.filter(({ options }) => options.quick).map(({ section }) => section);
  return [
    ...(quick.length === 0
      ? []
      : [
          `- **${quick.join(', ')}: the short form**, with fewer rounds and smaller backlogs. Its numbers scatter more.`,
        ]),
    '- A ratio is a median of ratios, each of two drains or runs of the same round, so that what slows the machine for a while slows both.',
    '- Both databases, the contender and the meter share one machine. With its cores busy, CPU seconds tell more than rates: they are what another machine would have to spend too.',
    '- Everything is durable: `fsync` and `synchronous_commit` are on, as in production.',
    '- Numbers of different machines cannot be compared; ratios mostly can. Each part says when and at which commit it was measured. All samples are in its JSON file.',
  ].join('\n');
}

/** Sections may have been measured on different days and machines; each description stands once. */
function machineParts(sections: readonly StoredSection[]): string[] {
  const byDescription = new Map<string, string[]>();
  for (const { machine, section, measuredAt } of sections) {
    const description = machineLines(machine)
      .map((line) => `- ${line}`)
      .join('\n');
    const names = byDescription.get(description) ?? [];
    byDescription.set(description, [
      ...names,
      `${section} (${measuredAt.slice(0, 16).replace('T', ' ')} UTC)`,
    ]);
  }
  return [...byDescription].map(([description, names]) => `${names.join(', ')}:\n\n${description}`);
}

function sectionParts({ section, title, plots, tables, durationSeconds }: StoredSection): string[] {
  return [
    `## ${title}`,
    ...plots.map((plot) => `![${plot.title}, in ${plot.unit}](${plot.file})`),
    ...tables.flatMap(({ title: tableTitle, note, columns, rows }) => [
      `### ${tableTitle}`,
      table([columns, ...rows.map((row) => row.map(cellText))], {
        align: columns.map((_, column) => (column === 0 ? 'l' : 'r')),
      }),
      note,
    ]),
    `Samples: [${section}.json](${section}.json). Took ${String(Math.round(durationSeconds))} s.`,
  ];
}

/** A table of Markdown. A pipe in a cell would otherwise end it. */
function table(
  rows: readonly (readonly string[])[],
  options: { readonly align: ('l' | 'r' | 'c')[] },
): string {
  return markdownTable(
    rows.map((row) => row.map((cell) => cell.replaceAll('|', String.raw`\|`))),
    options,
  );
}
