import type { ReactElement } from 'react';
import { useFromNow } from '../settings/now.js';
import { useSettings } from '../settings/settings.js';
import { absoluteText, displayText, durationText, exactText, zoneText } from './timeText.js';

function msOf(at: string | null | undefined): number {
  return typeof at === 'string' ? Date.parse(at) : Number.NaN;
}

/** The one way a time is shown: as the settings say, exactly in its tooltip. */
export function Time({ at, absent = '–' }: { at: string | null | undefined; absent?: string }): ReactElement {
  const { times } = useSettings();
  const ms = msOf(at);
  const text = useFromNow((nowMs) => (Number.isNaN(ms) ? absent : displayText(ms, times, nowMs)));
  if (at === null || at === undefined || Number.isNaN(ms))
    return <span className="muted">{at ?? absent}</span>;
  return (
    <time className="number" dateTime={at} title={exactText(at)}>
      {text}
    </time>
  );
}

/** A time in full, for the page of one thing: exact, and how long ago. */
export function FullTime({
  at,
  absent = '–',
}: {
  at: string | null | undefined;
  absent?: string;
}): ReactElement {
  const { times } = useSettings();
  const ms = msOf(at);
  const relative = useFromNow((nowMs) => (Number.isNaN(ms) ? '' : displayText(ms, 'relative', nowMs)));
  if (at === null || at === undefined || Number.isNaN(ms)) return <span className="muted">{absent}</span>;
  const exact =
    times === 'local' ? `${absoluteText(ms, 'local', true)} ${zoneText(ms)}` : exactText(at).split('\n')[0];
  return (
    <time className="number" dateTime={at} title={exactText(at)}>
      {exact} <span className="muted">· {relative}</span>
    </time>
  );
}

/** How long since a time; counts on. */
export function Age({ since }: { since: string | null | undefined }): ReactElement {
  const ms = msOf(since);
  const text = useFromNow((nowMs) => (Number.isNaN(ms) ? '–' : durationText(Math.max(0, nowMs - ms))));
  return (
    <span className="number" title={typeof since === 'string' ? exactText(since) : undefined}>
      {text}
    </span>
  );
}

export function Duration({ ms }: { ms: number | null | undefined }): ReactElement {
  return <span className="number">{typeof ms === 'number' ? durationText(ms) : '–'}</span>;
}
