import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, type ReactElement } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useSettings } from '../settings/settings.js';
import { absoluteText } from './timeText.js';

export interface PlotSeries {
  readonly label: string;
  /** One value a time; null where nothing is known. */
  readonly values: readonly (number | null)[];
  readonly color: 'one' | 'two' | 'three';
  readonly shape: 'line' | 'bars';
  /** What the legend says at that place. */
  readonly text: (value: number, index: number) => string;
}

export interface PlotProps {
  readonly height: number;
  /** What the plot shows, in words, for those who do not see it. */
  readonly summary: string;
  /** Milliseconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
  /** The range that is shown, whatever the data covers. Milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly axisText: (value: number) => string;
  /** Called with the range over which somebody has dragged. */
  readonly onSelect?: ((fromMs: number, toMs: number) => void) | undefined;
  /** Plots with the same name show the cursor at the same time. */
  readonly sync?: string;
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Narrower than this many pixels, a drag is a click. */
const dragMinPx = 4;
const dayMs = 86_400_000;

export default function PlotCanvas(props: PlotProps): ReactElement {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  const scheme = useComputedColorScheme('light');
  const { times: timeDisplay } = useSettings();
  const shape = props.series.map(({ label, color, shape }) => `${label}|${color}|${shape}`).join(';');

  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const size = { width: element.clientWidth, height: latest.current.height };
    const made = new uPlot(
      plotOptions(latest, size, timeDisplay === 'utc'),
      plotData(latest.current),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: latest.current.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The plot is made anew when its colours or its series change; new values are put into it below.
  }, [scheme, shape, timeDisplay]);

  useEffect(() => {
    const made = plot.current;
    if (made === null) return;
    made.setData(plotData(props), false);
    made.batch(() => {
      made.setScale('x', { min: props.from / 1000, max: props.to / 1000 });
    });
  }, [props]);

  return <div ref={frame} className="plot-frame" />;
}

function plotData(props: PlotProps): uPlot.AlignedData {
  return [props.times.map((time) => time / 1000), ...props.series.map(({ values }) => [...values])];
}

function plotOptions(
  latest: { readonly current: PlotProps },
  size: { width: number; height: number },
  utc: boolean,
): uPlot.Options {
  const { series, sync } = latest.current;
  const axis = {
    stroke: token('--muted'),
    font: `11px ${token('--font')}`,
    grid: { stroke: token('--plot-grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    ...size,
    ...(utc ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') } : {}),
    padding: [10, 12, 0, 0],
    legend: { show: series.length > 0, live: true },
    cursor: {
      drag: { x: latest.current.onSelect !== undefined, y: false, setScale: false, dist: dragMinPx },
      points: { size: 6 },
      ...(sync === undefined ? {} : { sync: { key: sync } }),
    },
    scales: {
      x: { time: true, min: latest.current.from / 1000, max: latest.current.to / 1000 },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 72,
        values: (_plot, values) => timeLabels(values, utc),
      },
      {
        ...axis,
        size: 52,
        space: 32,
        values: (_plot, values) => values.map((value) => latest.current.axisText(value)),
      },
    ],
    series: [
      { value: '{MM}-{DD} {HH}:{mm}:{ss}' },
      ...series.map((each, index) => plotSeries(latest, each, index)),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          if (plot.select.width < dragMinPx) return;
          const from = plot.posToVal(plot.select.left, 'x') * 1000;
          const to = plot.posToVal(plot.select.left + plot.select.width, 'x') * 1000;
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          latest.current.onSelect?.(from, to);
        },
      ],
    },
  };
}

/** The times of an axis: of one day by the clock, over days by the date as well. */
function timeLabels(seconds: readonly number[], utc: boolean): string[] {
  const spanMs = ((seconds.at(-1) ?? 0) - (seconds[0] ?? 0)) * 1000;
  const stepMs = spanMs / Math.max(1, seconds.length - 1);
  return seconds.map((second) => {
    const text = absoluteText(second * 1000, utc ? 'utc' : 'local');
    if (stepMs >= dayMs) return text.slice(5, 10);
    if (spanMs >= dayMs) return text.slice(5, 16);
    return stepMs >= 60_000 ? text.slice(11, 16) : text.slice(11);
  });
}

function plotSeries(
  latest: { readonly current: PlotProps },
  series: PlotSeries,
  index: number,
): uPlot.Series {
  const color = token(`--plot-${series.color}`);
  const { bars } = uPlot.paths;
  return {
    label: series.label,
    stroke: color,
    width: 1.5,
    fill: series.shape === 'bars' ? color : `${color}22`,
    points: { show: false },
    spanGaps: series.shape === 'line',
    ...(series.shape === 'bars' && bars !== undefined
      ? { paths: bars({ size: [0.85, 60, 1], align: 1 }) }
      : {}),
    value: (_plot, value: number | null, _series, at: number | null) => {
      const text = latest.current.series[index]?.text;
      return value === null || at === null || text === undefined ? '–' : text(value, at);
    },
  };
}
