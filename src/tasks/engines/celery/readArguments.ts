import type { TaskName } from '../../engine.js';
import type { TaskMessage } from './decodeMessage.js';

/** What a message asks of its run; or, in the words of Python's TypeError, why nothing can be run with it. */
export type Arguments = { readonly ttlMs: number | undefined } | { readonly typeError: string };

/** Beyond this the working time is as good as unlimited: a year. */
const ttlSecondsMax = 31_536_000;

/**
 * The only argument of both tasks is the keyword argument `ttl`: the working time in seconds, a number above 0.
 * `None` is the same as none.
 */
export function readArguments(
  task: TaskName,
  { args, kwargs }: Pick<TaskMessage, 'args' | 'kwargs'>,
): Arguments {
  if (args.length > 0) {
    return {
      typeError: `${task}() takes no positional arguments, but ${String(args.length)} were given; the working time is the keyword argument ttl`,
    };
  }
  const unknown = Object.keys(kwargs).find((name) => name !== 'ttl');
  if (unknown !== undefined) {
    return {
      typeError: `${task}() got an unexpected keyword argument '${unknown.slice(0, 100)}'; it takes ttl, and nothing else`,
    };
  }
  const { ttl } = kwargs;
  if (ttl === undefined || ttl === null) return { ttlMs: undefined };
  if (typeof ttl !== 'number' || !(ttl > 0))
    return { typeError: `${task}() takes as ttl its working time in seconds, a number above 0` };
  return { ttlMs: Math.min(ttl, ttlSecondsMax) * 1_000 };
}
