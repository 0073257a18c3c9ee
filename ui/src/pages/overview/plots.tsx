import { Button, NativeSelect } from '@mantine/core';
import { useMemo, type ReactElement } from 'react';
import type { SeriesAnswer } from '#schema/overview.js';
import { useLive } from '../../api/useLive.js';
import { useUrlParams } from '../../app/url.js';
import { countText, shortCountText } from '../../parts/numberText.js';
import { Panel } from '../../parts/panel.js';
import { Plot } from '../../parts/plot.js';
import { rangeOf, ranges } from '../../parts/ranges.js';
import { Failure } from '../../parts/states.js';
import { durationText } from '../../parts/timeText.js';

const heightPx = 190;
const seriesEveryMs = 5000;
/** A drag over less than this shows no more than before. */
const zoomMinMs = 10_000;

/** Captured and delivered a minute, and the delay of deliveries, over a range of time. A drag on either zooms both. */
export function Plots(): ReactElement {
  const { params, change } = useUrlParams();
  const range = rangeOf(params, '1h');
  const { from, to, lastMs } = range;
  const zoomed = lastMs === undefined;
  const { data, error, refetch } = useLive(
    'readSeries',
    { query: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) } },
    { ...(zoomed ? {} : { everyMs: seriesEveryMs, lastMs }) },
  );

  const select = (fromMs: number, toMs: number): void => {
    if (toMs - fromMs < zoomMinMs) return;
    change({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), last: undefined });
  };

  const control = (
    <div className="row">
      {zoomed ? (
        <Button
          variant="subtle"
          onClick={() => {
            change({ from: undefined, to: undefined });
          }}
        >
          Zoom out
        </Button>
      ) : null}
      <NativeSelect
        aria-label="Range of the plots"
        value={zoomed ? 'zoomed' : (params.get('last') ?? '1h')}
        onChange={(event) => {
          const { value } = event.currentTarget;
          change({ from: undefined, to: undefined, last: value === '1h' ? undefined : value });
        }}
      >
        {ranges.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {zoomed ? <option value="zoomed">Zoomed in</option> : null}
      </NativeSelect>
    </div>
  );

  return (
    <div className="halves">
      <Panel title="Events a minute" aside={control}>
        {data === undefined && error !== null ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : (
          <Rate data={data} select={select} />
        )}
      </Panel>
      <Panel
        title="Delay from capture to delivery"
        aside={<span className="muted small">Drag over a plot to zoom in</span>}
      >
        {data === undefined ? (
          <div style={{ height: heightPx + 28 }} />
        ) : (
          <Delay data={data} select={select} />
        )}
      </Panel>
    </div>
  );
}

interface PlotOf {
  readonly data: SeriesAnswer;
  readonly select: (fromMs: number, toMs: number) => void;
}

function rangeProps({ from, to, bucketMs }: SeriesAnswer): { from: number; to: number; bucketMs: number } {
  return { from: Date.parse(from), to: Date.parse(to), bucketMs };
}

function Rate({ data, select }: { data: SeriesAnswer | undefined; select: PlotOf['select'] }): ReactElement {
  const shown = useMemo(() => {
    if (data === undefined) return undefined;
    const minutes = data.bucketMs / 60_000;
    return {
      times: data.buckets.map(({ at }) => Date.parse(at)),
      captured: data.buckets.map(({ captured }) => captured / minutes),
      delivered: data.buckets.map(({ delivered }) => delivered / minutes),
    };
  }, [data]);
  if (data === undefined || shown === undefined) return <div style={{ height: heightPx + 28 }} />;
  const total = (values: readonly number[]): string =>
    countText(Math.round(values.reduce((sum, value) => sum + value, 0)));
  const text = (value: number): string => (value < 10 ? value.toFixed(1) : countText(Math.round(value)));
  return (
    <Plot
      height={heightPx}
      summary={`Captured ${total(data.buckets.map(({ captured }) => captured))} and delivered ${total(data.buckets.map(({ delivered }) => delivered))} events in the range shown`}
      times={shown.times}
      series={[
        { label: 'Captured', values: shown.captured, color: 'two', shape: 'line', text },
        { label: 'Delivered', values: shown.delivered, color: 'one', shape: 'line', text },
      ]}
      {...rangeProps(data)}
      axisText={shortCountText}
      onSelect={select}
      sync="overview"
    />
  );
}

function Delay({ data, select }: PlotOf): ReactElement {
  const times = useMemo(() => data.buckets.map(({ at }) => Date.parse(at)), [data]);
  const worst = Math.max(0, ...data.buckets.map(({ delayMaxMs }) => delayMaxMs ?? 0));
  return (
    <Plot
      height={heightPx}
      summary={`The longest delay in the range shown is ${durationText(worst)}`}
      times={times}
      series={[
        {
          label: 'Longest',
          values: data.buckets.map(({ delayMaxMs }) => delayMaxMs),
          color: 'two',
          shape: 'line',
          text: durationText,
        },
        {
          label: 'Median',
          values: data.buckets.map(({ delayMedianMs }) => delayMedianMs),
          color: 'one',
          shape: 'line',
          text: durationText,
        },
      ]}
      {...rangeProps(data)}
      axisText={(value) => (value === 0 ? '0' : durationText(value))}
      onSelect={select}
      sync="overview"
    />
  );
}
