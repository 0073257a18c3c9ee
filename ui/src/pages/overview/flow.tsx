import type { ReactElement } from 'react';
import { Link } from 'wouter';
import type { Overview } from '#schema/overview.js';
import { Icon } from '../../parts/icon.js';
import { countText } from '../../parts/numberText.js';
import { severityLooks } from '../../parts/statuses.js';
import { Status } from '../../parts/status.js';

/** What the link to a page is called, where something is mended there. */
const cures: readonly (readonly [path: string, text: string])[] = [
  ['/quarantine', 'Decide in the quarantine'],
  ['/tasks', 'See the tasks'],
  ['/runs', 'See the run'],
  ['/batches', 'See the batches'],
  ['/events', 'See the events'],
  ['/doctor', 'What to do'],
];

/** Whether events flow, in one sentence; or what is wrong, one sentence each, with the way to its cure. */
export function Flow({ overview }: { overview: Overview | undefined }): ReactElement {
  if (overview === undefined) return <div className="flow-panel panel" aria-busy="true" />;
  const { troubles } = overview;
  const wrong = troubles.filter(({ severity }) => severity !== 'note');
  return (
    <section className="flow-panel panel" aria-label="State" data-wrong={wrong.length > 0}>
      {wrong.length === 0 ? (
        <p className="flow-line">
          <span className="flow-well">
            <Icon name="good" /> Events flow
          </span>
          <span className="muted">{wellText(overview)}</span>
        </p>
      ) : null}
      {troubles.map((trouble) => (
        <p key={trouble.code + trouble.text} className="flow-line">
          <Status {...severityLooks[trouble.severity]} />
          <bdi className="grow flow-text-whole">{trouble.text}</bdi>
          <Link href={trouble.link} className="nowrap">
            {cures.find(([path]) => trouble.link.startsWith(path))?.[1] ?? 'See more'} →
          </Link>
        </p>
      ))}
    </section>
  );
}

function wellText({ records }: Overview): string {
  if (records === null) return '';
  const { awaiting, sending, deliveredLastDay } = records;
  const waiting = awaiting + sending === 0 ? 'Nothing waits' : `${countText(awaiting + sending)} under way`;
  return `${waiting}; ${countText(deliveredLastDay)} delivered in the last 24 hours.`;
}
