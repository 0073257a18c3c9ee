const grouped = new Intl.NumberFormat('en-GB');
const short = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumFractionDigits: 1 });

/** `12,345`. */
export function countText(value: number | string): string {
  // Counts may be 64 bits wide and then come as text.
  return typeof value === 'string' && /^\d{16,}$/.test(value)
    ? grouped.format(BigInt(value))
    : grouped.format(Number(value));
}

/** `12.3K`, for the axes of plots. */
export function shortCountText(value: number): string {
  return short.format(value);
}

/** `1 event`, `12,345 events`. */
export function quantityText(value: number | string, one: string, many = `${one}s`): string {
  return `${countText(value)} ${Number(value) === 1 ? one : many}`;
}

/** `312 B`, `1.2 KB`, `256 KB`, `1.9 GB`: steps of 1,024. */
export function bytesText(bytes: number | string): string {
  let value = Number(bytes);
  if (value < 1024) return `${String(value)} B`;
  for (const unit of ['KB', 'MB', 'GB']) {
    value /= 1024;
    if (value < 1024) return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ${unit}`;
  }
  return `${(value / 1024).toFixed(1)} TB`;
}
