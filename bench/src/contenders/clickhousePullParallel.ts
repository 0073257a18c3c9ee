import { clickhousePull, servePulls } from './clickhousePull.js';
import { streams, type Contender } from './contender.js';

/** ClickHouse pulling as fast as it can: as many statements at the same time as Waybill has streams. */
export const clickhousePullParallel: Contender = {
  ...clickhousePull,
  name: 'clickhousePullParallel',
  title: 'ClickHouse pulling, four at a time',
  module: new URL(import.meta.url),
};

export const serve = servePulls(streams);
