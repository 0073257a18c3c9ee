/** How far this machine's clock is behind the server's. */
let offsetMs = 0;

/** The header has whole seconds and the answer took a moment, so less than this is no difference. */
const toleranceMs = 3000;

export function noteServerTime(dateHeader: string | null): void {
  const serverMs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(serverMs)) return;
  const difference = serverMs - Date.now();
  offsetMs = Math.abs(difference) < toleranceMs ? 0 : difference;
}

/** The present time by the server's clock, by which everything on these pages happened. */
export function serverNowMs(): number {
  return Date.now() + offsetMs;
}
