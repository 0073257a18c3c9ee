import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { RouteName } from '#schema/routes.js';
import { call, type Answer, type Input } from './client.js';
import { useLiveness } from './liveness.js';
import { pollInterval } from './pollInterval.js';
import { serverNowMs } from './serverClock.js';

interface LiveOptions {
  /** How often it is asked again while the page is visible. Undefined: only when somebody comes back to the page. */
  readonly everyMs?: number;
  readonly enabled?: boolean;
  /** The query's `from` is so long before now, whenever it is asked. */
  readonly lastMs?: number | undefined;
  /** While other filters are asked for, the answer to those before stays. */
  readonly keepPrevious?: boolean;
}

const failures = new Map<string, number>();

/**
 * Asks the server and keeps asking: live while the page is visible, quiet while it is hidden, ever slower while it fails.
 * The last answer stays until the next.
 */
export function useLive<Name extends RouteName>(
  name: Name,
  input: Input<Name>,
  { everyMs, enabled = true, lastMs, keepPrevious = true }: LiveOptions = {},
): UseQueryResult<Answer<Name>> {
  const live = useLiveness();
  return useQuery<Answer<Name>>({
    queryKey: [name, input, lastMs ?? null],
    queryFn: async ({ signal, queryKey }) => {
      const key = JSON.stringify(queryKey);
      try {
        const answer = await call(name, lastMs === undefined ? input : within(input, lastMs), signal);
        failures.delete(key);
        return answer;
      } catch (error) {
        if (!signal.aborted) failures.set(key, (failures.get(key) ?? 0) + 1);
        throw error;
      }
    },
    enabled,
    retry: false,
    refetchOnWindowFocus: live,
    refetchInterval: (query) => {
      if (!live || everyMs === undefined) return false;
      const { status } = query.state;
      return pollInterval(everyMs, {
        failing: status === 'error',
        failures: failures.get(JSON.stringify(query.queryKey)) ?? 0,
      });
    },
    ...(keepPrevious ? { placeholderData: keepPreviousData } : {}),
  });
}

function within<Name extends RouteName>(input: Input<Name>, lastMs: number): Input<Name> {
  const from = new Date(serverNowMs() - lastMs).toISOString();
  return { ...input, query: { ...(input.query as object | undefined), from } };
}
