/** 12,345 */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** 87 ms, 2.41 s */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${Math.round(milliseconds).toString()} ms`
    : `${(milliseconds / 1_000).toFixed(2)} s`;
}
