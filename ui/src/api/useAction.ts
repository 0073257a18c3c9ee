import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { RouteName } from '#schema/routes.js';
import { call, type Answer, type Input } from './client.js';

/** Performs a change; afterwards everything that is shown is asked for again. Throws what the server refused. */
export function useAction<Name extends RouteName>(name: Name): (input: Input<Name>) => Promise<Answer<Name>> {
  const queryClient = useQueryClient();
  return useCallback(
    async (input) => {
      try {
        return await call(name, input);
      } finally {
        void queryClient.invalidateQueries();
      }
    },
    [name, queryClient],
  );
}
