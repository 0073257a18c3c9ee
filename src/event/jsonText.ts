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
    const problem = findProblem(value, '', [], depthMax);
    if (problem !== undefined) return { ok: false, problem };
    // A value that passed is never undefined at its root, so that stringify returns text.
    return { ok: true, text: JSON.stringify(value) };
  } catch (error) {
    return { ok: false, problem: { path: '', problem: `cannot be written as JSON: ${messageOf(error)}` } };
  }
}

/** Objects whose content JSON leaves out in silence; a Promise is what a forgotten await leaves. */
const writtenEmpty = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error];

function findProblem(
  value: unknown,
  path: string,
  ancestors: readonly object[],
  depthMax: number,
): JsonProblem | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value)
        ? undefined
        : { path, problem: `is ${String(value)}, which JSON cannot say` };
    case 'undefined':
      return { path, problem: 'is undefined' };
    case 'bigint':
      return { path, problem: 'is a BigInt, which JSON cannot say; convert it to a string or a number' };
    case 'function':
    case 'symbol':
      return { path, problem: `is a ${typeof value}` };
    case 'object':
      return value === null ? undefined : findProblemInObject(value, path, ancestors, depthMax);
  }
}

function findProblemInObject(
  value: object,
  path: string,
  ancestors: readonly object[],
  depthMax: number,
): JsonProblem | undefined {
  if (ancestors.includes(value)) return { path, problem: 'contains itself (a cycle)' };
  if (ancestors.length >= depthMax)
    return { path, problem: `is nested deeper than ${String(depthMax)} levels` };
  const within = [...ancestors, value];

  if ('toJSON' in value && typeof value.toJSON === 'function') {
    let replaced: unknown;
    try {
      replaced = (value.toJSON as (key: string) => unknown)('');
    } catch (error) {
      return {
        path,
        problem: `has a toJSON that throws: ${messageOf(error)}`,
      };
    }
    if (value instanceof Date && replaced === null) return { path, problem: 'is an invalid Date' };
    return findProblem(replaced, path, within, depthMax);
  }
  const emptied = writtenEmpty.find((type) => value instanceof type);
  if (emptied !== undefined)
    return { path, problem: `is an object of class ${emptied.name}, which JSON would write as {}` };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const problem = findProblem(value[index], `${path}[${String(index)}]`, within, depthMax);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return findProblem(value.valueOf(), path, within, depthMax);
  }
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const problem = findProblem(child, `${path}.${key}`, within, depthMax);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
