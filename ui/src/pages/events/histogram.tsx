import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo, type ReactElement } from 'react';
import type { HistogramAnswer } from '#schema/events.js';
import { countText, quantityText, shortCountText } from '../../parts/numberText.js';
import { Plot } from '../../parts/plot.js';
import type { PlotSeries } from '../../parts/plotCanvas.js';
import { Failure } from '../../parts/states.js';

const heightPx = 120;

interface HistogramProps {
  readonly result: UseQueryResult<HistogramAnswer>;
  readonly select: (fromMs: number, toMs: number) => void;
}

/** How many events match, over time. A drag over it narrows the range. Its space is there from the beginning. */
export function Histogram({ result, select }: HistogramProps): ReactElement {
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
          <Bars data={data} select={select} />
        )}
      </div>
    </section>
  );
}

function Bars({ data, select }: { data: HistogramAnswer; select: HistogramProps['select'] }): ReactElement {
  const { times, series } = useMemo(() => stacked(data), [data]);
  return (
    <Plot
      height={heightPx}
      summary={`${quantityText(data.total, 'event')} over the range shown`}
      times={times}
      series={series}
      from={Date.parse(data.from)}
      to={Date.parse(data.to)}
      bucketMs={data.bucketMs}
      axisText={shortCountText}
      onSelect={select}
    />
  );
}

/** Bars upon each other: each series is drawn up to its sum with those below it, the largest first. */
function stacked({ buckets }: HistogramAnswer): { times: readonly number[]; series: readonly PlotSeries[] } {
  const own = (name: 'delivered' | 'waiting' | 'quarantined') => (_value: number, index: number) =>
    countText(buckets[index]?.[name] ?? 0);
  return {
    times: buckets.map(({ at }) => Date.parse(at)),
    series: [
      {
        label: 'Quarantined',
        values: buckets.map(({ delivered, waiting, quarantined }) => delivered + waiting + quarantined),
        color: 'three',
        shape: 'bars',
        text: own('quarantined'),
      },
      {
        label: 'Waiting',
        values: buckets.map(({ delivered, waiting }) => delivered + waiting),
        color: 'two',
        shape: 'bars',
        text: own('waiting'),
      },
      {
        label: 'Delivered',
        values: buckets.map(({ delivered }) => delivered),
        color: 'one',
        shape: 'bars',
        text: own('delivered'),
      },
    ],
  };
}
