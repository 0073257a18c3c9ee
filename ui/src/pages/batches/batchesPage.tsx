import { batchesQuery, batchSort, batchStatuses, type Batch, type BatchesQuery } from '#schema/batches.js';
import type { ReactElement } from 'react';
import { useLive } from '../../api/useLive.js';
import { pageLinks } from '../../app/pages.js';
import { useUrlParams } from '../../app/url.js';
import { Chips, Filters, SelectFilter, TextFilter } from '../../parts/filters.js';
import { Id } from '../../parts/id.js';
import { Loaded } from '../../parts/loaded.js';
import { countText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { UrlPager } from '../../parts/pager.js';
import { queryOf } from '../../parts/queryOf.js';
import { RangeFilter } from '../../parts/rangeFilter.js';
import { rangeOf } from '../../parts/ranges.js';
import { Empty } from '../../parts/states.js';
import { batchLooks, BatchStatusMark } from '../../parts/statuses.js';
import { Table, type Column, type Sorting } from '../../parts/table.js';
import { Duration, Time } from '../../parts/time.js';

const everyMs = 3000;

export const batchColumns: readonly Column<Batch>[] = [
  {
    id: 'id',
    header: 'Batch',
    width: '11rem',
    cell: (batch) => <Id value={batch.id} what="batch id" to={pageLinks.batch(batch.id)} rowLink />,
  },
  {
    id: 'status',
    header: 'Status',
    width: '8rem',
    cell: (batch) => <BatchStatusMark status={batch.status} />,
  },
  {
    id: 'events',
    header: 'Events',
    align: 'right',
    width: '6rem',
    sortable: true,
    cell: (batch) => <span className="number">{countText(batch.eventCount)}</span>,
  },
  {
    id: 'attempts',
    header: 'Attempts',
    align: 'right',
    width: '6.5rem',
    hide: 'phone',
    sortable: true,
    cell: (batch) => <span className="number">{countText(batch.attemptCount)}</span>,
  },
  {
    id: 'sealed',
    header: 'Sealed',
    width: '9.5rem',
    sortable: true,
    cell: (batch) => <Time at={batch.sealedAt} />,
  },
  {
    id: 'delay',
    header: 'Delay',
    align: 'right',
    width: '6.5rem',
    hide: 'phone',
    cell: (batch) => <Duration ms={batch.delayMs} />,
  },
  { id: 'error', header: 'Last error', hide: 'narrow', cell: (batch) => <BatchError batch={batch} /> },
];

function BatchError({ batch }: { batch: Batch }): ReactElement | null {
  if (batch.lastError === null && batch.lastErrorCode === null) return null;
  return (
    <span className="one-line" title={batch.lastError ?? undefined}>
      <span className="mono">{batch.lastErrorCode}</span> <bdi className="muted">{batch.lastError}</bdi>
    </span>
  );
}

function sortingOf(sort: BatchesQuery['sort']): Sorting {
  if (sort === 'events' || sort === 'attempts') return { column: sort, descending: true };
  return { column: 'sealed', descending: sort !== 'oldest' };
}

/** The server sorts by events and attempts downwards only: the small ones are of no interest. */
function sortParam({ column, descending }: Sorting): string | undefined {
  if (column === 'events' || column === 'attempts') return column;
  return descending ? undefined : 'oldest';
}

export default function BatchesPage(): ReactElement {
  const url = useUrlParams();
  const { params, change } = url;
  const { from, to, lastMs } = rangeOf(params);
  const sort = batchSort.safeParse(params.get('sort')).data ?? 'newest';
  const query = queryOf(batchesQuery, params, { from, to });
  const result = useLive('listBatches', { query }, { everyMs, lastMs });

  return (
    <div className="stack">
      <PageHead title="Batches" />
      <Filters>
        <SelectFilter
          url={url}
          name="status"
          label="Status"
          all="Any"
          options={batchStatuses.map((value) => ({ value, label: batchLooks[value].label }))}
        />
        <RangeFilter url={url} label="Sealed" />
        <SelectFilter
          url={url}
          name="failed"
          label="Attempts"
          all="Any"
          options={[
            { value: 'true', label: 'Some failed' },
            { value: 'false', label: 'None failed' },
          ]}
        />
        <TextFilter url={url} name="errorCode" label="Last error" placeholder="252 or TOO_MANY_PARTS" />
      </Filters>
      <Chips url={url} names={{ status: 'Status', errorCode: 'Error' }} />
      <div className="panel">
        <Loaded result={result} lines={20}>
          {({ items, nextCursor }) => (
            <>
              <Table
                label="Batches"
                columns={batchColumns}
                rows={items}
                rowKey={(batch) => batch.id}
                sorting={sortingOf(sort)}
                onSort={(next) => {
                  change({ sort: sortParam(next) });
                }}
                outdated={result.isPlaceholderData}
                empty={<NoBatches filtered={params.size > 0} />}
              />
              <UrlPager url={url} shown={`${countText(items.length)} on this page`} nextCursor={nextCursor} />
            </>
          )}
        </Loaded>
      </div>
    </div>
  );
}

function NoBatches({ filtered }: { filtered: boolean }): ReactElement {
  return filtered ? (
    <Empty title="No batch matches">Widen the range of time, or take a filter away.</Empty>
  ) : (
    <Empty title="No batch yet" command="npx waybill process-events">
      A run seals a batch once there are as many records as LOG_EVENTS_PARTITION_QUANTITY says, or once the
      oldest has waited as long as LOG_EVENTS_MAX_WAIT_IN_MINUTES allows.
    </Empty>
  );
}
