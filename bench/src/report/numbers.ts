/** A number as results show it: three digits, or whole from 100 on; whole numbers as they are. */
export function numberText(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 99.95)
    return Math.round(value).toLocaleString('en', { useGrouping: true });
  return value.toLocaleString('en', { maximumSignificantDigits: 3, minimumSignificantDigits: 3 });
}

/** A cell of a table; a dash where nothing was measured. */
export function cellText(value: string | number | null): string {
  if (value === null) return '–';
  return typeof value === 'number' ? numberText(value) : value;
}
