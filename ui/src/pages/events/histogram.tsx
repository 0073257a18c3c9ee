import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo, type ReactElement } from 'react';
import type { HistogramAnswer } from '#schema/events.js';
import { serverNowMs } from '../../api/serverClock.js';
import { countText, quantityText, shortCountText } from '../../parts/numberText.js';
import { Plot } from '../../parts/plot.js';
import type { PlotSeries } from '../../parts/plotCanvas.js';
import { Failure } from '../../parts/states.js';

const heightPx = 120;

interface HistogramProps {
  readonly result: UseQueryResult<HistogramAnswer>;
  /** The range ends now. The server's goes on for an hour, for events whose clock is ahead. */
  readonly untilNow: boolean;
  readonly select: (fromMs: number, toMs: number) => void;
}

/** How many events match, over time. A drag over it narrows the range. Its space is there from the beginning. */
export function Histogram({ result, untilNow, select }: HistogramProps): ReactElement {
  const { data, error, refetch } = result;
  return (
    <section className="panel" aria-label="Events over time" aria-busy={result.isPlaceholderData}>
      <div className="histogram-head small">
        <span className="number grow">
          {data === undefined
            ? '\u00a0'
            : `${data.complete ? '' : 'at least '}${quantityText(data.total, 'event')}`}
          {data === undefined || data.complete ? null : (
            <bdi className="muted"> · {data.notices[0]?.text}</bdi>
          )}
        </span>
        <span className="muted histogram-hint">Drag to narrow the range</span>
      </div>
      <div className="histogram">
        {data === undefined ? (
          error === null ? null : (
            <Failure error={error} retry={() => void refetch()} />
          )
        ) : (
          <Bars data={data} untilNow={untilNow} select={select} />
        )}
      </div>
    </section>
  );
}

interface BarsProps extends Pick<HistogramProps, 'untilNow' | 'select'> {
  readonly data: HistogramAnswer;
}

function Bars({ data, untilNow, select }: BarsProps): ReactElement {
  const { times, series } = useMemo(() => stacked(data), [data]);
  return (
    <Plot
      height={heightPx}
      summary={`${quantityText(data.total, 'event')} over the range shown`}
      times={times}
      series={series}
      from={Date.parse(data.from)}
      to={untilNow ? endOf(data) : Date.parse(data.to)}
      bucketMs={data.bucketMs}
      axisText={shortCountText}
      onSelect={select}
    />
  );
}

/** Now, or the end of the last bar if that is later. */
function endOf({ buckets, bucketMs, to }: HistogramAnswer): number {
  const last = buckets.findLast(
    ({ delivered, waiting, quarantined }) => delivered + waiting + quarantined > 0,
  );
  const lastEndMs = last === undefined ? 0 : Date.parse(last.at) + bucketMs;
  return Math.min(Math.max(serverNowMs(), lastEndMs), Date.parse(to));
}

/** No bar rather than one of no height. */
const orNone = (value: number): number | null => (value === 0 ? null : value);

/** Bars upon each other: each series is drawn up to its sum with those below it, the largest first. */
function stacked({ buckets }: HistogramAnswer): { times: readonly number[]; series: readonly PlotSeries[] } {
  const own = (name: 'delivered' | 'waiting' | 'quarantined') => (_value: number, index: number) =>
    countText(buckets[index]?.[name] ?? 0);
  return {
    times: buckets.map(({ at }) => Date.parse(at)),
    series: [
      {
        label: 'Quarantined',
        values: buckets.map(({ delivered, waiting, quarantined }) =>
          orNone(delivered + waiting + quarantined),
        ),
        color: 'three',
        shape: 'bars',
        text: own('quarantined'),
      },
      {
        label: 'Waiting',
        values: buckets.map(({ delivered, waiting }) => orNone(delivered + waiting)),
        color: 'two',
        shape: 'bars',
        text: own('waiting'),
      },
      {
        label: 'Delivered',
        values: buckets.map(({ delivered }) => orNone(delivered)),
        color: 'one',
        shape: 'bars',
        text: own('delivered'),
      },
    ],
  };
}
