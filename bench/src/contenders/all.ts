import { clickhousePull } from './clickhousePull.js';
import { clickhousePullTwo } from './clickhousePullTwo.js';
import type { Contender } from './contender.js';
import { pgBoss } from './pgBoss.js';
import { pgTransactionalOutbox } from './pgTransactionalOutbox.js';
import { psqlCurl } from './psqlCurl.js';
import { rowByRowOutbox } from './rowByRowOutbox.js';
import { rowByRowOutboxTwo } from './rowByRowOutboxTwo.js';
import { waybill } from './waybill.js';

/** Every way that is measured, in the order in which results show them. */
export const contenders: readonly Contender[] = [
  waybill,
  clickhousePull,
  clickhousePullTwo,
  psqlCurl,
  rowByRowOutbox,
  rowByRowOutboxTwo,
  pgBoss,
  pgTransactionalOutbox,
];
