/** Makes text stand out where that can be seen. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

export interface ColourSources {
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Colours on a terminal, unless NO_COLOR is set to anything (no-color.org) or the terminal is dumb. */
export function paintFor({ isTerminal, environment }: ColourSources): Paint {
  const refused = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  const coloured = (code: number) => (text: string) =>
    isTerminal && !refused ? `\x1b[${String(code)}m${text}\x1b[0m` : text;
  return { bold: coloured(1), dim: coloured(2), good: coloured(32), bad: coloured(31) };
}
