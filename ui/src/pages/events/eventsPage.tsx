import type { ReactElement } from 'react';
import { eventsQuery, histogramQuery, type EventsAnswer } from '#schema/events.js';
import { useLive } from '../../api/useLive.js';
import { useUrlParams } from '../../app/url.js';
import { Loaded } from '../../parts/loaded.js';
import { Notices } from '../../parts/notices.js';
import { countText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { UrlPager } from '../../parts/pager.js';
import { queryOf } from '../../parts/queryOf.js';
import { rangeOf } from '../../parts/ranges.js';
import { Empty } from '../../parts/states.js';
import { FullTime } from '../../parts/time.js';
import { EventFilters } from './eventFilters.js';
import { EventsTable } from './eventsTable.js';
import { Export } from './export.js';
import { Histogram } from './histogram.js';

const listEveryMs = 5000;
const histogramEveryMs = 10_000;

/** What ClickHouse holds and what still waits in the outbox, in one list. */
export default function EventsPage(): ReactElement {
  const url = useUrlParams();
  const { params, change } = url;
  const range = rangeOf(params, '24h');
  const { lastMs } = range;
  // Pages follow each other in one range, so all but the first hold still.
  const paged = params.has('cursor');
  const query = queryOf(eventsQuery, params, range);
  const list = useLive('searchEvents', { query }, { ...(paged ? {} : { everyMs: listEveryMs }), lastMs });
  const histogram = useLive(
    'readHistogram',
    { query: { ...queryOf(histogramQuery, params, range), buckets: 90 } },
    { everyMs: histogramEveryMs, lastMs },
  );

  return (
    <div className="stack">
      <PageHead title="Events">
        <Export query={query} shown={list.data} />
      </PageHead>
      <EventFilters url={url} range={range} />
      <Histogram
        result={histogram}
        untilNow={lastMs !== undefined}
        select={(fromMs, toMs) => {
          change({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), last: undefined });
        }}
      />
      <div className="panel">
        <Loaded result={list} lines={25}>
          {(answer) => (
            <>
              <Notices notices={answer.notices} />
              <EventsTable
                events={answer.items}
                outdated={list.isPlaceholderData}
                empty={<NoEvents answer={answer} />}
              />
              <UrlPager url={url} shown={<Shown answer={answer} />} nextCursor={answer.nextCursor} />
            </>
          )}
        </Loaded>
      </div>
    </div>
  );
}

function Shown({ answer }: { answer: EventsAnswer }): ReactElement {
  return (
    <>
      {countText(answer.items.length)} on this page, newest first
      {answer.complete ? null : (
        <>
          ; searched back to <FullTime at={answer.searchedTo} />
        </>
      )}
    </>
  );
}

function NoEvents({ answer }: { answer: EventsAnswer }): ReactElement {
  if (answer.nextCursor !== null) {
    return (
      <Empty title="Nothing found yet">
        The search came back to <FullTime at={answer.searchedTo} />. The next page goes on from there.
      </Empty>
    );
  }
  return (
    <Empty title="No event matches">
      Widen the range of time, or take a filter away. What an application captures is here as soon as its
      transaction has committed.
    </Empty>
  );
}
