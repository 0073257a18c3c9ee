import { Button } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { ApiError } from '../api/apiError.js';
import { Icon } from './icon.js';

/** Nothing is there: says so, and what would change it. */
export function Empty({
  title,
  children,
  command,
}: {
  title: string;
  children?: ReactNode;
  command?: string;
}): ReactElement {
  return (
    <div className="state">
      <p className="state-title">{title}</p>
      {children === undefined ? null : <div className="muted">{children}</div>}
      {command === undefined ? null : <pre className="command">{command}</pre>}
    </div>
  );
}

/** Something failed: what, what is safe, and what to do, in the server's words. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }): ReactElement {
  const problem = error instanceof ApiError ? error : undefined;
  return (
    <div className="state" role="alert">
      <p className="state-title row">
        <Icon name="bad" className="tone-bad" /> {problem?.title ?? 'This page failed'}
      </p>
      <p className="muted break" dir="auto">
        {error.message}
      </p>
      {retry === undefined ? null : (
        <Button size="compact-sm" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Lines of the size that the answer will have, so that nothing moves when it comes. */
export function Skeleton({
  lines,
  height = 'var(--skeleton-line)',
}: {
  lines: number;
  height?: string;
}): ReactElement {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="skeleton-line" style={{ height }} />
      ))}
    </div>
  );
}
