import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { Failure, Skeleton } from './states.js';

interface LoadedProps<Data> {
  readonly result: UseQueryResult<Data>;
  /** About how many lines the answer will have. */
  readonly lines: number;
  readonly children: (data: Data) => ReactNode;
}

/** What the server answered; until then lines in its place, or what failed and what to do. */
export function Loaded<Data>({ result, lines, children }: LoadedProps<Data>): ReactElement {
  const { data, error, refetch } = result;
  if (data !== undefined) return <>{children(data)}</>;
  if (error === null) return <Skeleton lines={lines} />;
  return (
    <Failure
      error={error}
      retry={() => {
        void refetch();
      }}
    />
  );
}
