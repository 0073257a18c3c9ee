/** Leaves out the middle of a long id: `0199e8a4…c1d2`. */
export function shortenMiddle(text: string, keep = 12): string {
  if (text.length <= keep + 3) return text;
  const tail = Math.floor(keep / 3);
  return `${text.slice(0, keep - tail)}…${text.slice(-tail)}`;
}
