import { clickhousePull } from './clickhousePull.js';
import { clickhousePullParallel } from './clickhousePullParallel.js';
import type { Contender } from './contender.js';
import { pgBoss } from './pgBoss.js';
import { pgTransactionalOutbox } from './pgTransactionalOutbox.js';
import { psqlCurl } from './psqlCurl.js';
import { rowByRowOutbox } from './rowByRowOutbox.js';
import { rowByRowOutboxParallel } from './rowByRowOutboxParallel.js';
import { waybill } from './waybill.js';

/** Every way that is measured, in the order in which results show them. */
export const contenders: readonly Contender[] = [
  waybill,
  clickhousePull,
  clickhousePullParallel,
  psqlCurl,
  rowByRowOutbox,
  rowByRowOutboxParallel,
  pgBoss,
  pgTransactionalOutbox,
];
