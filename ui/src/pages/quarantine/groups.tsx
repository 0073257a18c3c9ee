import type { ReactElement } from 'react';
import type { QuarantineGroupsAnswer } from '#schema/quarantine.js';
import type { UrlParams } from '../../app/url.js';
import { countText } from '../../parts/numberText.js';
import { Empty } from '../../parts/states.js';
import { Time } from '../../parts/time.js';

interface GroupsProps {
  readonly groups: QuarantineGroupsAnswer['groups'];
  readonly url: UrlParams;
}

/** How many of which type for which reason. Pressing one shows only those, pressing it again all. */
export function Groups({ groups, url: { params, change } }: GroupsProps): ReactElement {
  const type = params.get('eventType');
  const code = params.get('code');
  if (groups.length === 0) return <Empty title="No reason, since nothing is quarantined" />;
  return (
    <ul className="groups">
      {groups.map((group) => {
        const pressed = group.eventType === type && group.errorCode === code;
        return (
          <li key={`${group.eventType ?? ''}\n${group.errorCode ?? ''}`}>
            <button
              type="button"
              className="group"
              aria-pressed={pressed}
              onClick={() => {
                change(
                  pressed
                    ? { eventType: undefined, code: undefined }
                    : { eventType: group.eventType ?? undefined, code: group.errorCode ?? undefined },
                );
              }}
            >
              <strong className="number group-count">{countText(group.events)}</strong>
              <bdi className="one-line">{group.eventType ?? 'rows deleted by hand'}</bdi>
              <bdi className="mono one-line grow muted">{group.errorCode ?? 'no code'}</bdi>
              <span className="muted group-since">
                since <Time at={group.firstRefusedAt} />
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
