import type { ReactElement } from 'react';
import { useLive } from '../../api/useLive.js';
import type { UrlParams } from '../../app/url.js';
import { Chips, Filters, SelectFilter, TextFilter } from '../../parts/filters.js';
import { RangeFilter } from '../../parts/rangeFilter.js';
import type { TimeRange } from '../../parts/ranges.js';

const states = [
  { value: 'awaiting', label: 'Awaiting' },
  { value: 'sending', label: 'Sending' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'quarantined', label: 'Quarantined' },
];

function checkKey(value: string): string | undefined {
  return /^(?:[^:\\]|\\.)+:/s.test(value) ? undefined : 'path:value, such as customer.id:c-1';
}

function checkTrace(value: string): string | undefined {
  return /^[\da-f]{32}$/.test(value) ? undefined : 'The 32 hexadecimal digits of a trace id';
}

/** Everything by which events are found. Types and environments are offered that occur in the range. */
export function EventFilters({ url, range }: { url: UrlParams; range: TimeRange }): ReactElement {
  const { from, to, lastMs } = range;
  const { data: facets } = useLive(
    'readFacets',
    { query: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) } },
    { lastMs },
  );
  return (
    <>
      <Filters>
        <RangeFilter url={url} standard="24h" label="Event time" />
        <TextFilter
          url={url}
          name="text"
          label="Text in the context"
          placeholder="any case of letters"
          wide
        />
        <TextFilter
          url={url}
          name="key"
          label="key:value in the JSON"
          placeholder="customer.id:c-1"
          several
          check={checkKey}
          wide
        />
        <TextFilter
          url={url}
          name="type"
          label="Type"
          several
          options={facets?.types.map(({ value }) => value) ?? []}
        />
        <TextFilter url={url} name="subject" label="Subject" placeholder="order:17 or order:*" />
        <SelectFilter url={url} name="state" label="State" all="Any" options={states} />
        <TextFilter
          url={url}
          name="environment"
          label="Environment"
          several
          options={facets?.environments.map(({ value }) => value) ?? []}
        />
        <TextFilter url={url} name="trace" label="Trace" check={checkTrace} />
      </Filters>
      <Chips
        url={url}
        names={{
          type: 'Type',
          environment: 'Environment',
          state: 'State',
          subject: 'Subject',
          text: 'Text',
          key: 'JSON',
          trace: 'Trace',
          batchId: 'Batch',
        }}
      />
    </>
  );
}
