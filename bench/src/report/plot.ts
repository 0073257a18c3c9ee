import { init, setPlatformAPI, type EChartsOption } from 'echarts';
import type { Plot } from '../section.js';
import { numberText } from './numbers.js';

/**
 * Waybill stands out, in the blue of Okabe and Ito's palette, whose colors can be told apart with any color vision; the others
 * take its remaining ones in order.
 */
const waybillColor = '#0072b2';
const otherColors = ['#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#b8a900', '#7f7f7f'];
const ink = '#24292f';
const faint = '#d8dee4';

const width = 960;
const height = 480;

// There is no canvas to measure text with: the width of a letter, and a little more than most fonts have.
setPlatformAPI({
  measureText: (text, font = '13px') => ({
    width: text.length * Number.parseFloat(/(\d+)px/.exec(font)?.[1] ?? '13') * 0.6,
  }),
});

/** A plot as SVG. It has a background of its own, so that it can be read on a dark page too. */
export function plotSvg(plot: Plot): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(plot.kind === 'bars' ? barsOption(plot) : linesOption(plot));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function isOurs(name: string): boolean {
  return /^waybill\b/i.test(name);
}

/** One color for each series, in order; those of Waybill in shades that begin with its own. */
function colorsOf(names: readonly string[]): string[] {
  let others = 0;
  let ours = 0;
  const ourColors = [waybillColor, '#003f66', '#5fa8d3'];
  return names.map((name) =>
    isOurs(name)
      ? (ourColors[ours++ % ourColors.length] ?? waybillColor)
      : (otherColors[others++ % otherColors.length] ?? ink),
  );
}

/** What both kinds share. */
function frame(plot: Plot): EChartsOption {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'Helvetica, Arial, sans-serif', color: ink },
    color: colorsOf(plot.series.map(({ name }) => name)),
    title: {
      text: plot.title,
      subtext: plot.unit,
      left: 16,
      top: 10,
      textStyle: { fontSize: 18, color: ink },
      subtextStyle: { fontSize: 13, color: '#57606a' },
    },
    legend: {
      bottom: 10,
      left: 'center',
      icon: 'roundRect',
      itemWidth: 14,
      itemHeight: 14,
      textStyle: { fontSize: 13, color: ink },
    },
    grid: { left: 24, right: 32, top: 76, bottom: 76, containLabel: true },
  };
}

const axisLabel = { color: ink, fontSize: 13 };
const splitLine = { lineStyle: { color: faint } };

function barsOption(plot: Extract<Plot, { kind: 'bars' }>): EChartsOption {
  const largest = Math.max(...plot.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return {
    ...frame(plot),
    xAxis: {
      type: 'category',
      data: [...plot.categories],
      axisLabel,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink } },
    },
    yAxis: plot.logarithmic
      ? {
          type: 'log',
          axisLabel: { ...axisLabel, formatter: shortNumber },
          splitLine,
          min: decadeBelow(plot),
        }
      : { type: 'value', axisLabel: { ...axisLabel, formatter: shortNumber }, splitLine, max: largest * 1.1 },
    series: plot.series.map(({ name, values }) => ({
      name,
      type: 'bar',
      barMaxWidth: 56,
      barGap: '8%',
      data: [...values],
      label: {
        show: true,
        position: 'top',
        fontSize: 11,
        color: ink,
        fontWeight: isOurs(name) ? 'bold' : 'normal',
        formatter: ({ value }) => (typeof value === 'number' ? shortNumber(value) : ''),
      },
    })),
  };
}

/** Where a logarithmic axis of bars begins: the decade below the smallest bar, so that each bar has a length. */
function decadeBelow({ series }: Extract<Plot, { kind: 'bars' }>): number {
  const values = series.flatMap(({ values: all }) =>
    all.filter((value) => value !== null && value > 0),
  ) as number[];
  return values.length === 0 ? 1 : 10 ** Math.floor(Math.log10(Math.min(...values)) - 0.05);
}

function linesOption(plot: Extract<Plot, { kind: 'lines' }>): EChartsOption {
  return {
    ...frame(plot),
    xAxis: {
      type: 'value',
      name: plot.xUnit,
      nameLocation: 'middle',
      nameGap: 30,
      nameTextStyle: { fontSize: 13, color: ink },
      axisLabel: { ...axisLabel, formatter: shortNumber },
      splitLine: { show: false },
      axisLine: { lineStyle: { color: ink } },
    },
    yAxis: { type: 'value', min: 0, axisLabel: { ...axisLabel, formatter: shortNumber }, splitLine },
    series: plot.series.map(({ name, points }) => ({
      name,
      type: 'line',
      showSymbol: points.length <= 40,
      symbolSize: 6,
      lineStyle: { width: isOurs(name) ? 3 : 2 },
      data: points.map(([x, y]) => [x, y]),
    })),
  };
}

/** 213,000 as 213k, 4,000,000 as 4M; small ones as they are. */
function shortNumber(value: number): string {
  if (Math.abs(value) >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (Math.abs(value) >= 1e4) return `${trimmed(value / 1e3)}k`;
  return numberText(value);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}
