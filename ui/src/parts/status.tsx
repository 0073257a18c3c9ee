import type { ReactElement } from 'react';
import { Icon, type IconName } from './icon.js';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle';

/** The one way a status is shown: its colour, an icon and a word, so that none of them is needed alone. */
export function Status({
  tone,
  icon,
  label,
  title,
}: {
  tone: Tone;
  icon: IconName;
  label: string;
  title?: string;
}): ReactElement {
  return (
    <span className="status" data-tone={tone} title={title}>
      <Icon name={icon} />
      {label}
    </span>
  );
}
