import { NativeSelect, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';
import { serverNowMs } from '../api/serverClock.js';
import type { UrlParams } from '../app/url.js';
import { useSettings } from '../settings/settings.js';
import { rangeOf, ranges } from './ranges.js';
import { absoluteText } from './timeText.js';
import { useWritten } from './useWritten.js';

interface RangeFilterProps {
  readonly url: UrlParams;
  /** Without it the page shows all times when the address names none. */
  readonly standard?: (typeof ranges)[number]['value'];
  readonly max?: (typeof ranges)[number]['value'];
  readonly label?: string;
}

/** Which time a page shows: the last hours, or from one moment to another. */
export function RangeFilter({ url, standard, max = '90d', label = 'Time' }: RangeFilterProps): ReactElement {
  const { params, change } = url;
  const { from, to } = rangeOf(params, standard);
  const between = from !== undefined || to !== undefined;
  const offered = ranges.slice(0, ranges.findIndex(({ value }) => value === max) + 1);
  return (
    <div className="filter-range">
      <NativeSelect
        label={label}
        value={between ? 'between' : (params.get('last') ?? standard ?? 'all')}
        onChange={(event) => {
          const { value } = event.currentTarget;
          if (value === 'between') {
            const nowMs = serverNowMs();
            const lastMs = rangeOf(params, standard ?? '24h').lastMs ?? 86_400_000;
            change({
              last: undefined,
              from: new Date(nowMs - lastMs).toISOString(),
              to: new Date(nowMs).toISOString(),
            });
          } else {
            change({
              from: undefined,
              to: undefined,
              last: value === standard || value === 'all' ? undefined : value,
            });
          }
        }}
      >
        {standard === undefined ? <option value="all">All times</option> : null}
        {offered.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
        <option value="between">From … to …</option>
      </NativeSelect>
      {between ? (
        <>
          <Moment
            label="From"
            value={from}
            onChange={(next) => {
              change({ from: next, last: undefined });
            }}
          />
          <Moment
            label="To"
            value={to}
            onChange={(next) => {
              change({ to: next, last: undefined });
            }}
          />
        </>
      ) : null}
    </div>
  );
}

interface MomentProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** A moment in the zone that the settings name. It is taken over when the field is left. */
function Moment({ label, value, onChange }: MomentProps): ReactElement {
  const zone = useSettings().times === 'utc' ? 'utc' : 'local';
  const shown = value === undefined ? '' : absoluteText(Date.parse(value), zone).replace(' ', 'T');
  const [written, setWritten] = useWritten(shown);
  const take = (): void => {
    if (written === shown) return;
    const ms = Date.parse(zone === 'utc' ? `${written}Z` : written);
    onChange(Number.isNaN(ms) ? undefined : new Date(ms).toISOString());
  };
  return (
    <TextInput
      type="datetime-local"
      className="filter-moment"
      step={1}
      label={`${label}, ${zone === 'utc' ? 'UTC' : 'local time'}`}
      value={written}
      onChange={(event) => {
        setWritten(event.currentTarget.value);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take();
      }}
    />
  );
}
