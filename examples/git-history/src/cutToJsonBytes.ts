/**
 * The beginning of a text whose JSON, quotes included, takes no more than `bytesMax` bytes of UTF-8. Characters are
 * kept or dropped whole.
 */
export function cutToJsonBytes(text: string, bytesMax: number): string {
  if (jsonBytes(text) <= bytesMax) return text;
  let bytes = 2; // the quotes
  let end = 0;
  for (const character of text) {
    bytes += jsonBytes(character) - 2;
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return text.slice(0, end);
}

export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
