import type { ReactElement, ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { eventQuery, type EventAnswer } from '#schema/events.js';
import { useLive } from '../../api/useLive.js';
import { pageLinks } from '../../app/pages.js';
import { pageWith, useUrlParams } from '../../app/url.js';
import { CopyButton, Id } from '../../parts/id.js';
import { JsonTree } from '../../parts/jsonTree.js';
import { Loaded } from '../../parts/loaded.js';
import { Notices } from '../../parts/notices.js';
import { bytesText, quantityText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { Facts, Panel } from '../../parts/panel.js';
import { queryOf } from '../../parts/queryOf.js';
import { shortenMiddle } from '../../parts/shorten.js';
import { EventStateMark } from '../../parts/statuses.js';
import { FullTime } from '../../parts/time.js';

const everyMs = 5000;
const hourMs = 3_600_000;

export default function EventPage(): ReactElement {
  const { id } = useParams<{ id: string }>();
  const { params } = useUrlParams();
  const query = queryOf(eventQuery, params);
  const at = params.get('at');
  const result = useLive(
    'readEvent',
    {
      params: { id },
      query: { ...query, ...(at === null || !eventQuery.shape.at.safeParse(at).success ? {} : { at }) },
    },
    { everyMs, keepPrevious: false },
  );
  const { data } = result;
  return (
    <div className="stack">
      <PageHead
        title={data === undefined ? `Event ${shortenMiddle(id)}` : data.event.eventType}
        under={{ title: 'Events', to: '/events' }}
        heading={
          data === undefined ? (
            `Event ${shortenMiddle(id)}`
          ) : (
            <>
              <bdi className="break">{data.event.eventType}</bdi>
              <EventStateMark state={data.event.state} />
            </>
          )
        }
      >
        {data?.event.state === 'quarantined' ? (
          <Link href={pageLinks.quarantined(id)}>Release or drop it →</Link>
        ) : null}
      </PageHead>
      <Loaded result={result} lines={20}>
        {(answer) => <EventBody answer={answer} />}
      </Loaded>
    </div>
  );
}

function EventBody({ answer }: { answer: EventAnswer }): ReactElement {
  const { event } = answer;
  return (
    <>
      <Notices notices={answer.notices} />
      <div className="event-body">
        <JsonTree text={event.context} label="Context" />
        <div className="stack">
          <Panel title="Event">
            <Facts facts={eventFacts(answer)} />
          </Panel>
          <Panel title="Where it is">
            <Facts facts={placeFacts(answer)} />
          </Panel>
        </div>
      </div>
    </>
  );
}

function eventFacts({ event }: EventAnswer): readonly (readonly [string, ReactNode])[] {
  const atMs = Date.parse(event.eventDateTime);
  const around = (hours: number): string => new Date(atMs + hours * hourMs).toISOString();
  return [
    ['Id', <Id key="" value={event.eventId} what="event id" whole />],
    ['Event time', <FullTime key="" at={event.eventDateTime} />],
    ['Captured', <FullTime key="" at={event.capturedAt} absent="its id does not tell" />],
    [
      'Type',
      <Link key="" href={pageWith('/events', { type: event.eventType })}>
        <bdi className="break">{event.eventType}</bdi>
      </Link>,
    ],
    ['Environment', <bdi key="">{event.environment}</bdi>],
    [
      'Subject',
      event.subject === null ? (
        'none'
      ) : (
        <Link key="" href={pageWith('/events', { subject: event.subject, last: '7d' })}>
          <bdi className="break">{event.subject}</bdi>
        </Link>
      ),
    ],
    [
      'Trace',
      event.traceId === null ? (
        'none'
      ) : (
        <span key="" className="id">
          <Link
            href={pageWith('/events', { trace: event.traceId, from: around(-1), to: around(1) })}
            className="mono break"
          >
            {event.traceId}
          </Link>
          <CopyButton text={event.traceId} what="trace id" />
        </span>
      ),
    ],
    ...(event.traceparent === null
      ? []
      : [
          [
            'traceparent',
            <bdi key="" className="mono break small">
              {event.traceparent}
            </bdi>,
          ] as const,
        ]),
    [
      'Version of its metadata',
      <span key="" className="number">
        {event.metadataVersion}
      </span>,
    ],
    [
      'Size of its context',
      <span key="" className="number">
        {bytesText(event.contextBytes)}
      </span>,
    ],
  ];
}

function placeFacts({
  event,
  batch,
  rowsInClickHouse,
  inOutbox,
}: EventAnswer): readonly (readonly [string, ReactNode])[] {
  return [
    ['State', <EventStateMark key="" state={event.state} />],
    [
      'Batch',
      event.batchId === null ? (
        'in none yet'
      ) : (
        <Id key="" value={event.batchId} what="batch id" to={pageLinks.batch(event.batchId)} />
      ),
    ],
    ...(batch === null
      ? []
      : [
          ['Sealed', <FullTime key="" at={batch.sealedAt} />] as const,
          ['Delivered', <FullTime key="" at={batch.deliveredAt} absent="not yet" />] as const,
          [
            'Attempts',
            <span key="" className="number">
              {batch.attemptCount}
            </span>,
          ] as const,
          ...(batch.lastErrorCode === null
            ? []
            : [
                [
                  'Last error',
                  <span key="" className="mono">
                    {batch.lastErrorCode}
                  </span>,
                ] as const,
              ]),
        ]),
    ['In ClickHouse', rowsText(rowsInClickHouse)],
    ['In the outbox', inOutbox === null ? 'not known' : inOutbox ? 'yes' : 'cleaned'],
  ];
}

function rowsText(rows: number | null): ReactNode {
  if (rows === null) return 'not known: it does not answer';
  if (rows <= 1) return quantityText(rows, 'row');
  return (
    <span className="tone-bad">
      {quantityText(rows, 'row')}: doubled. Mend it with waybill reconcile --repair
    </span>
  );
}
