export interface AdvicePart {
  readonly kind: 'text' | 'command';
  readonly text: string;
}

/** Parts advice into what is said and what is to be pasted: lines that begin with two spaces. Neighbours of a kind join. */
export function adviceParts(advice: string): readonly AdvicePart[] {
  const parts: AdvicePart[] = [];
  for (const line of advice.split('\n')) {
    const kind = line.startsWith('  ') ? 'command' : 'text';
    const text = kind === 'command' ? line.slice(2) : line;
    const last = parts.at(-1);
    if (last?.kind === kind) parts[parts.length - 1] = { kind, text: `${last.text}\n${text}` };
    else if (text !== '') parts.push({ kind, text });
  }
  return parts;
}
