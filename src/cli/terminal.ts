import { stripVTControlCharacters, styleText } from 'node:util';

/** Data goes to standard output, everything said to a person besides goes to standard error. */
export function printData(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** Colours text for standard output, unless it is no terminal or NO_COLOR is set. */
export function paint(style: Style, text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(style, text) : text;
}

/** One line on standard error that rewrites itself; plain and at most every five seconds when it is no terminal. */
export class ProgressLine {
  #shownAt = 0;

  show(text: string): void {
    const now = performance.now();
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001b[2K${text.slice(0, process.stderr.columns - 1)}`);
    } else if (now - this.#shownAt >= 5_000) {
      this.#shownAt = now;
      process.stderr.write(`${text}\n`);
    }
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  }
}

/** Rows as columns, two spaces apart. A column of plain numbers is aligned to the right, its heading too. */
export function table(rows: readonly (readonly string[])[], heading?: readonly string[]): string {
  const all = heading === undefined ? rows : [heading, ...rows];
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...all.map((row) => row[at]?.length ?? 0)),
  );
  const numeric = widths.map((_, at) => rows.every((row) => /^(≥ )?[\d,]*$/.test(row[at] ?? '')));
  const lines = all.map((row) =>
    row.map((cell, at) =>
      numeric[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
    ),
  );
  return lines.map((cells) => cells.join('  ').trimEnd()).join('\n');
}

/** Readable on a wide screen too. */
const columnsMax = 110;
const columnsMin = 60;

/**
 * Breaks text at spaces so that it fits the terminal, or so many columns; its first line is indented by `first`, the
 * others by `rest`.
 */
export function wrap(text: string, first: number, rest: number, columns = terminalColumns()): string {
  const lines: string[] = [];
  let line = ' '.repeat(first);
  let width = first;
  for (const word of text.split(' ')) {
    const wordWidth = stripVTControlCharacters(word).length;
    if (width > rest && width + wordWidth > columns) {
      lines.push(line.trimEnd());
      line = ' '.repeat(rest);
      width = rest;
    }
    line += `${word} `;
    width += wordWidth + 1;
  }
  return [...lines, line.trimEnd()].join('\n');
}

function terminalColumns(): number {
  return Math.min(
    columnsMax,
    Math.max(columnsMin, process.stdout.isTTY ? process.stdout.columns : columnsMax),
  );
}

/**
 * Text that came from outside, such as the type of an event, with its control characters written out: a terminal would
 * obey them. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same on one line, and cut where it is longer than `charsMax`. */
export function oneLine(text: string, charsMax = 200): string {
  const line = printable(text.replaceAll(/\s+/g, ' ').trim());
  const characters = Array.from(line);
  return characters.length <= charsMax ? line : `${characters.slice(0, charsMax - 1).join('')}…`;
}
