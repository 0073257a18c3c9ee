import type { ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';
import type { Overview } from '#schema/overview.js';
import { pageWith } from '../../app/url.js';
import { countText } from '../../parts/numberText.js';
import { Age } from '../../parts/time.js';

interface Tile {
  readonly label: string;
  readonly value: ReactNode;
  readonly unit: string;
  readonly to: string;
  readonly tone?: 'bad' | 'busy';
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The numbers of the moment. Each links to the records that it counts. */
export function Tiles({ overview }: { overview: Overview | undefined }): ReactElement {
  const records = overview?.records;
  return (
    <ul className="tiles">
      {tilesOf(records ?? undefined).map(({ label, value, unit, to, tone }) => (
        <li key={label}>
          <Link href={to} className="tile panel" data-tone={tone}>
            <span className="tile-label">{label}</span>
            <span className="tile-value number">{records ? value : '–'}</span>
            <span className="tile-unit">{records === null ? 'Postgres does not answer' : unit}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function tilesOf(records: NonNullable<Overview['records']> | undefined): readonly Tile[] {
  const {
    awaiting = 0,
    awaitingIsLowerBound = false,
    sending = 0,
    deliveredLastDay = 0,
    quarantined = 0,
    oldestUndeliveredAt = null,
  } = records ?? {};
  return [
    {
      label: 'Awaiting delivery',
      value: `${awaitingIsLowerBound ? '≥ ' : ''}${countText(awaiting)}`,
      unit: 'records',
      to: pageWith('/events', { state: 'awaiting', last: '90d' }),
    },
    {
      label: 'Sending',
      value: countText(sending),
      unit: 'records',
      to: pageWith('/batches', { status: 'SENDING' }),
      ...(sending > 0 ? { tone: 'busy' as const } : {}),
    },
    {
      label: 'Delivered',
      value: countText(deliveredLastDay),
      unit: 'records in 24 hours',
      to: pageWith('/events', { state: 'delivered' }),
    },
    {
      label: 'Quarantined',
      value: countText(quarantined),
      unit: 'records',
      to: '/quarantine',
      ...(quarantined > 0 ? { tone: 'bad' as const } : {}),
    },
    {
      label: 'Oldest undelivered',
      value: oldestUndeliveredAt === null ? 'none' : <Age since={oldestUndeliveredAt} />,
      unit: oldestUndeliveredAt === null ? 'all is delivered' : 'since its capture',
      to:
        oldestUndeliveredAt === null
          ? pageWith('/events', { state: 'awaiting' })
          : oldestLink(oldestUndeliveredAt),
    },
  ];
}

/** The undelivered events about the time of the oldest. Its event time may be earlier than its capture. */
function oldestLink(oldestAt: string): string {
  const oldestMs = Date.parse(oldestAt);
  return pageWith('/events', {
    state: ['awaiting', 'sending'],
    from: new Date(oldestMs - dayMs).toISOString(),
    to: new Date(oldestMs + minuteMs).toISOString(),
  });
}
