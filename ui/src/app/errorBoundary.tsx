import { Component, type ReactNode } from 'react';
import { Failure } from '../parts/states.js';

interface State {
  readonly error: Error | undefined;
}

/** A page that fails, or whose code could not be loaded, leaves the navigation in place. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Failure
        error={error}
        retry={() => {
          location.reload();
        }}
      />
    );
  }
}
