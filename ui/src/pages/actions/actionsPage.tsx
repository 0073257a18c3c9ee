import { actionsQuery } from '#schema/actions.js';
import type { ReactElement } from 'react';
import { useLive } from '../../api/useLive.js';
import { useUrlParams } from '../../app/url.js';
import { Chips, Filters, SelectFilter, TextFilter } from '../../parts/filters.js';
import { countText } from '../../parts/numberText.js';
import { Loaded } from '../../parts/loaded.js';
import { PageHead } from '../../parts/pageHead.js';
import { UrlPager } from '../../parts/pager.js';
import { queryOf } from '../../parts/queryOf.js';
import { RangeFilter } from '../../parts/rangeFilter.js';
import { rangeOf } from '../../parts/ranges.js';
import { Empty } from '../../parts/states.js';
import { ActionsTable } from './actionsTable.js';

const everyMs = 10_000;
const actions = ['release', 'drop', 'retry', 'repair', 'run', 'pause', 'resume'];

/** Who did what, when. */
export default function ActionsPage(): ReactElement {
  const url = useUrlParams();
  const { params } = url;
  const range = rangeOf(params);
  const result = useLive(
    'listActions',
    { query: queryOf(actionsQuery, params, range) },
    { everyMs, lastMs: range.lastMs },
  );
  return (
    <div className="stack">
      <PageHead title="Actions" />
      <Filters>
        <SelectFilter
          url={url}
          name="action"
          label="Action"
          all="Any"
          options={actions.map((value) => ({ value, label: value }))}
        />
        <TextFilter url={url} name="performedBy" label="Who" />
        <RangeFilter url={url} />
        <TextFilter url={url} name="batchId" label="Batch" wide placeholder="id of a batch" />
      </Filters>
      <Chips url={url} names={{ action: 'Action', performedBy: 'Who', batchId: 'Batch' }} />
      <div className="panel">
        <Loaded result={result} lines={20}>
          {({ items, nextCursor }) => (
            <>
              <ActionsTable
                actions={items}
                outdated={result.isPlaceholderData}
                empty={<NoActions filtered={params.size > 0} />}
              />
              <UrlPager url={url} shown={`${countText(items.length)} on this page`} nextCursor={nextCursor} />
            </>
          )}
        </Loaded>
      </div>
    </div>
  );
}

function NoActions({ filtered }: { filtered: boolean }): ReactElement {
  return filtered ? (
    <Empty title="No action matches">Widen the range of time, or take a filter away.</Empty>
  ) : (
    <Empty title="Nobody has done anything yet">
      What people release, drop, retry, pause, resume, run and repair is kept here for good, whether they do
      it here or by command.
    </Empty>
  );
}
