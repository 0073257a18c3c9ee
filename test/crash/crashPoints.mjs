/**
 * Loaded into a process of the product with `node --import`, before the product itself. Watches every statement that the
 * process sends to Postgres and to ClickHouse, and kills the process, as `kill -9` does, at the one that it was told.
 *
 * The product knows nothing of this. A statement's name, its step, is read off the stack: the file of the product that
 * sends it, its verb, and the function that asked for it. So whatever is sent is a crash point, and none can be forgotten.
 *
 * Its order is JSON in WAYBILL_CRASH_ORDER, described in harness/crashOrder.ts.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import process from 'node:process';
import { URL } from 'node:url';
import { ClickHouseClient } from '@clickhouse/client';
import pg from 'pg';

const order = JSON.parse(process.env.WAYBILL_CRASH_ORDER);
const product = new URL('../../dist/', import.meta.url).href;

/** Files through which other files send their statements. */
const passages = new Set(['outbox/database', 'outbox/withoutBlocking', 'eventlog/client', 'delivery/ports']);
/** Bytes of a body after which it counts as half-way. */
const midwayBytes = 100_000;
const framesMax = 60;

/** The frames of the product and of the program that uses it, innermost first. */
function readFrames() {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = framesMax;
  const lines = new Error().stack.split('\n');
  Error.stackTraceLimit = limit;
  return lines.flatMap((line) => {
    const match = /^ +at (?:async )?(?:(.+?) \()?(file:[^)]+):\d+:\d+\)?$/.exec(line);
    if (match === null || match[2] === import.meta.url || match[2].includes('/node_modules/')) return [];
    const name = match[1]
      ?.replace(/ \[as .*\]$/, '')
      .split('.')
      .at(-1);
    const inProduct = match[2].startsWith(product);
    const file = inProduct ? match[2].slice(product.length).replace(/\.js$/, '') : undefined;
    return [{ file, name: name === '<anonymous>' || name?.startsWith('file:') ? undefined : name }];
  });
}

/** For example `outbox/dropDeliveredPartitions.changePartition LOCK TABLE (cleanEventsOutbox)`. */
function nameStep(text, frames = readFrames()) {
  const verb = readVerb(text);
  const own = frames.filter(({ file }) => !passages.has(file));
  const leaf = own[0];
  if (leaf === undefined) return undefined;
  if (leaf.file === undefined) return `application ${verb}`;
  const inLeaf = own.find(({ file, name }) => file === leaf.file && name !== undefined)?.name;
  const caller = own.find(
    ({ file, name }) => file !== undefined && file !== leaf.file && name !== undefined,
  )?.name;
  const detail = inLeaf === undefined || leaf.file.endsWith(`/${inLeaf}`) ? '' : `.${inLeaf}`;
  return `${leaf.file}${detail} ${verb}${caller === undefined ? '' : ` (${caller})`}`;
}

/** The verb of a statement, with what it is done to where files send several alike. */
function readVerb(text) {
  const statement = text.replace(/^(?:\s*--[^\n]*\n)*\s*/, '');
  const changed = /^(INSERT INTO|UPDATE|DELETE FROM) (?:[^\s.(]+\.)?["`]?(\w+)/.exec(statement);
  if (changed !== null) return `${changed[1].split(' ')[0]} ${changed[2]}`;
  return /^(?:(?:CREATE|ALTER|DROP|LOCK|SET|KILL|RELEASE) \w+|ROLLBACK TO|\w+)/.exec(statement)?.[0] ?? '?';
}

const reached = new Map();
const whenAnswered = new Map();

/** The process is at a phase of a step: noted, and the end of it where so ordered. */
function reach(step, phase) {
  const key = `${step}\t${phase}`;
  const pass = (reached.get(key) ?? 0) + 1;
  reached.set(key, pass);
  if (order.record !== undefined) appendFileSync(order.record, `${key}\n`);
  const { crash } = order;
  if (crash?.step === step && crash.phase === phase && crash.pass === pass)
    process.kill(process.pid, 'SIGKILL');
  if (phase === 'after') for (const resolve of whenAnswered.get(step.split(' ')[0]) ?? []) resolve();
}

/** Resolves when the statement of a file has been answered, for example `outbox/renewClaim`. */
function answered(file) {
  return new Promise((resolve) => {
    whenAnswered.set(file, [...(whenAnswered.get(file) ?? []), resolve]);
  });
}

/** Takes a safeguard out of a statement, for the tests that must then report a loss or a double. */
function weaken(step, text) {
  const { weaken: weakened } = order;
  if (weakened?.find === undefined || step !== weakened.step) return text;
  if (!text.includes(weakened.find)) throw new Error(`${step} does not contain ${weakened.find}.`);
  return text.replace(weakened.find, () => weakened.replace);
}

// Postgres. A pool hands a statement to its client later, when the stack no longer says who sent it.
const framesOfStatement = new WeakMap();
const poolQuery = pg.Pool.prototype.query;
pg.Pool.prototype.query = function query(statement, values, callback) {
  const config = typeof statement === 'string' ? { text: statement, values } : statement;
  framesOfStatement.set(config, readFrames());
  return poolQuery.call(this, config, typeof values === 'function' ? values : undefined, callback);
};

const clientQuery = pg.Client.prototype.query;
pg.Client.prototype.query = function query(statement, values, callback) {
  const text = typeof statement === 'string' ? statement : statement.text;
  const step = nameStep(text, framesOfStatement.get(statement));
  if (step === undefined) return clientQuery.call(this, statement, values, callback);
  reach(step, 'before');
  if (typeof statement.submit === 'function') return readCopy(this, step, statement);

  const changedText = weaken(step, text);
  const sent = typeof statement === 'string' ? changedText : { ...statement, text: changedText };
  const finish = callback ?? (typeof values === 'function' ? values : undefined);
  const given = typeof values === 'function' ? undefined : values;
  const result = clientQuery.call(
    this,
    sent,
    given,
    finish &&
      ((error, answer) => {
        reach(step, 'after');
        finish(error, answer);
      }),
  );
  reach(step, 'sent'); // the socket takes small writes at once, and the answer cannot be read before this returns
  if (finish !== undefined) return result;
  return result.finally(() => {
    reach(step, 'after');
  });
};

function readCopy(client, step, copy) {
  let bytes = 0;
  const push = copy.push.bind(copy);
  copy.push = (chunk) => {
    const isMidway = chunk !== null && bytes < midwayBytes && bytes + chunk.length >= midwayBytes;
    bytes += chunk?.length ?? 0;
    const more = push(chunk);
    if (isMidway) reach(step, 'midway');
    return more;
  };
  const handleCommandComplete = copy.handleCommandComplete.bind(copy);
  copy.handleCommandComplete = (message) => {
    reach(step, 'after');
    handleCommandComplete(message);
  };
  const result = clientQuery.call(client, copy);
  reach(step, 'sent');
  return result;
}

// ClickHouse. Its client makes its requests in the context of the call.
const request = new AsyncLocalStorage();
const base = Object.getPrototypeOf(ClickHouseClient.prototype); // what createClient makes is one of these
for (const method of ['query', 'command', 'exec', 'insert']) {
  const original = base[method];
  base[method] = function call(given, ...rest) {
    const text = method === 'insert' ? `INSERT INTO ${given.table}` : given.query;
    const step = nameStep(text);
    const isBatch = step?.startsWith('eventlog/insertBatch ') === true;
    const { tokens } = order.weaken ?? {};
    if (isBatch && tokens === false)
      given.clickhouse_settings.insert_deduplication_token = `${Math.random()}`;
    return request.run({ step, isBatch }, () => original.call(this, given, ...rest));
  };
}

let inserts = 0;
let answerLost = false;
const httpRequest = http.request;
http.request = function watchedRequest(...parameters) {
  const { step, isBatch } = request.getStore() ?? {};
  if (step === undefined) return httpRequest.apply(this, parameters);
  reach(step, 'before');
  const outgoing = httpRequest.apply(this, parameters);
  if (isBatch) inserts += 1;
  const own = inserts;

  let bytes = 0;
  const write = outgoing.write.bind(outgoing);
  outgoing.write = (chunk, ...rest) => {
    const isMidway = isBatch && bytes < midwayBytes && bytes + chunk.length >= midwayBytes;
    bytes += chunk.length;
    // Once it is in the hands of the operating system.
    return isMidway ? write(chunk, () => reach(step, 'midway')) : write(chunk, ...rest);
  };
  let sent = false;
  const finishSending = () => {
    if (!sent) reach(step, 'sent');
    sent = true;
  };
  outgoing.prependOnceListener('finish', finishSending);

  const emit = outgoing.emit.bind(outgoing);
  const { holdAnswer, loseAnswer } = (isBatch && order.faults) || {};
  const held =
    holdAnswer?.insert === own ? Promise.all(holdAnswer.until.map((file) => answered(file))) : undefined;
  const deliver = (response) => {
    finishSending();
    reach(step, 'after');
    return emit('response', response);
  };
  outgoing.emit = (event, ...values) => {
    if (event !== 'response') return emit(event, ...values);
    if (!answerLost && own >= loseAnswer?.fromInsert && values[0].statusCode === 200) {
      answerLost = true;
      outgoing.destroy(Object.assign(new Error('The answer was lost.'), { code: 'ECONNRESET' }));
      return true;
    }
    if (held === undefined) return deliver(values[0]);
    void held.then(() => deliver(values[0]));
    return true;
  };
  return outgoing;
};
