import { lazy, Suspense, type ReactElement } from 'react';
import type { PlotProps } from './plotCanvas.js';

const PlotCanvas = lazy(() => import('./plotCanvas.js'));

/** The one plot: series over time. Its space is there before its code is. */
export function Plot(props: PlotProps): ReactElement {
  return (
    <figure className="plot" style={{ height: props.height }} role="img" aria-label={props.summary}>
      <Suspense fallback={null}>
        <PlotCanvas {...props} />
      </Suspense>
    </figure>
  );
}
