import type { z } from 'zod';
import type { ReactElement } from 'react';
import type { notice } from '#schema/events.js';
import { Icon } from './icon.js';

/** Why a list is not all there is. One line each; the place of the first is kept free. */
export function Notices({ notices }: { notices: readonly z.infer<typeof notice>[] }): ReactElement {
  return (
    <div className="notices" role="status">
      {notices.map(({ source, code, text, advice }) => (
        <p key={`${source} ${code}`} className="notice">
          <Icon name="warning" />
          <span className="break">
            <bdi>{text}</bdi> <bdi className="muted">{advice}</bdi>
          </span>
        </p>
      ))}
    </div>
  );
}
