import { messageOf } from '../waybillError.js';

/** Why a value cannot be written as JSON without losing something, and where in it. */
export interface JsonProblem {
  /** Path from the root of the value, for example `.items[3].price`; empty for the root. */
  readonly path: string;
  readonly problem: string;
}

export type JsonText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: JsonProblem };

/**
 * Writes a value as JSON text, as `JSON.stringify` would, but refuses what that would drop or change in silence:
 * functions, symbols, NaN and infinities, objects whose content JSON leaves out (Map, Promise, Error, …), cycles,
 * BigInt, and depth beyond `depthMax`. Properties that are `undefined` are left out, as everyone expects of JSON.
 */
export function jsonText(value: unknown, depthMax: number): JsonText {
  try {
    const problem = findProblem(value, [], depthMax);
    if (problem !== undefined) return { ok: false, problem };
    // A value that passed is never undefined at its root, so that stringify returns text.
    return { ok: true, text: JSON.stringify(value) };
  } catch (error) {
    return { ok: false, problem: { path: '', problem: `cannot be written as JSON: ${messageOf(error)}` } };
  }
}

/** Objects whose content JSON leaves out in silence; a Promise is what a forgotten await leaves. */
const writtenEmpty = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error];

/**
 * Runs for every value of every event, inside the use case: so the path is put together only once a problem is found, on the
 * way back, and the ancestors are one list for all levels.
 */
function findProblem(value: unknown, ancestors: object[], depthMax: number): JsonProblem | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : here(`is ${String(value)}, which JSON cannot say`);
    case 'undefined':
      return here('is undefined');
    case 'bigint':
      return here('is a BigInt, which JSON cannot say; convert it to a string or a number');
    case 'function':
    case 'symbol':
      return here(`is a ${typeof value}`);
    case 'object': {
      if (value === null) return undefined;
      if (ancestors.includes(value)) return here('contains itself (a cycle)');
      if (ancestors.length >= depthMax) return here(`is nested deeper than ${String(depthMax)} levels`);
      ancestors.push(value);
      const problem = findProblemInObject(value, ancestors, depthMax);
      ancestors.pop();
      return problem;
    }
  }
}

/** @param ancestors the objects around it and, as the last, `value` itself */
function findProblemInObject(value: object, ancestors: object[], depthMax: number): JsonProblem | undefined {
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    let replaced: unknown;
    try {
      replaced = (value.toJSON as (key: string) => unknown)('');
    } catch (error) {
      return here(`has a toJSON that throws: ${messageOf(error)}`);
    }
    if (value instanceof Date && replaced === null) return here('is an invalid Date');
    return findProblem(replaced, ancestors, depthMax);
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const problem = findProblem(value[index], ancestors, depthMax);
      if (problem !== undefined) return within(`[${String(index)}]`, problem);
    }
    return undefined;
  }
  // Nearly every object is a plain one, and none of those that follow.
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    const emptied = writtenEmpty.find((type) => value instanceof type);
    if (emptied !== undefined)
      return here(`is an object of class ${emptied.name}, which JSON would write as {}`);
    if (value instanceof Number || value instanceof String || value instanceof Boolean)
      return findProblem(value.valueOf(), ancestors, depthMax);
  }
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    if (child === undefined) continue;
    const problem = findProblem(child, ancestors, depthMax);
    if (problem !== undefined) return within(`.${key}`, problem);
  }
  return undefined;
}

function here(problem: string): JsonProblem {
  return { path: '', problem };
}

/** The problem as seen from one level further out. */
function within(step: string, { path, problem }: JsonProblem): JsonProblem {
  return { path: step + path, problem };
}
