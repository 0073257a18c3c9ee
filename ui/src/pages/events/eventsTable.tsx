import type { ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';
import type { EventItem } from '#schema/events.js';
import { pageWith } from '../../app/url.js';
import { EventStateMark } from '../../parts/statuses.js';
import { Table, type Column } from '../../parts/table.js';
import { Time } from '../../parts/time.js';

/** The page of one event. Its time and its id in the outbox make finding it quick. */
export function eventLink({ eventId, eventDateTime, outboxId }: EventItem): string {
  return pageWith(`/events/${eventId}`, { at: eventDateTime, outboxId: outboxId ?? undefined });
}

const columns: readonly Column<EventItem>[] = [
  {
    id: 'at',
    header: 'When',
    width: '9.5rem',
    cell: (event) => (
      <Link href={eventLink(event)} data-row-link="">
        <Time at={event.eventDateTime} />
      </Link>
    ),
  },
  { id: 'state', header: 'State', width: '8rem', cell: (event) => <EventStateMark state={event.state} /> },
  {
    id: 'type',
    header: 'Type',
    width: '13rem',
    cell: (event) => (
      <bdi className="one-line" title={event.eventType}>
        {event.eventType}
      </bdi>
    ),
  },
  {
    id: 'subject',
    header: 'Subject',
    width: '13rem',
    hide: 'phone',
    cell: (event) => (
      <bdi className="one-line" title={event.subject ?? undefined}>
        {event.subject}
      </bdi>
    ),
  },
  {
    id: 'context',
    header: 'Context',
    hide: 'narrow',
    cell: (event) => (
      <bdi className="one-line mono muted" title={event.contextPreview}>
        {event.contextPreview}
      </bdi>
    ),
  },
];

interface EventsTableProps {
  readonly events: readonly EventItem[];
  readonly empty?: ReactNode;
  readonly outdated?: boolean;
}

export function EventsTable({ events, empty, outdated = false }: EventsTableProps): ReactElement {
  return (
    <Table
      label="Events"
      columns={columns}
      rows={events}
      // An event that is doubled in ClickHouse is two rows of one id.
      rowKey={(event) => `${event.eventId} ${event.batchId ?? ''} ${event.outboxId ?? ''}`}
      empty={empty}
      outdated={outdated}
    />
  );
}
