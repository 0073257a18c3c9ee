import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactElement } from 'react';
import { toggleLiveness, useLiveness } from '../api/liveness.js';
import { serverNowMs } from '../api/serverClock.js';
import { Icon } from '../parts/icon.js';
import { absoluteText, durationText } from '../parts/timeText.js';
import { useFromNow } from '../settings/now.js';
import { useSettings } from '../settings/settings.js';

interface State {
  /** When the oldest of the answers that are shown came, by the server's clock; undefined while there is none. */
  readonly since: number | undefined;
  readonly failure: string | undefined;
}

/** What is shown of the queries of this page, joined into one state. */
function useFreshness(): State {
  const cache = useQueryClient().getQueryCache();
  const [state, setState] = useState<State>({ since: undefined, failure: undefined });
  useEffect(() => {
    const look = (): void => {
      let since: number | undefined;
      let failure: string | undefined;
      for (const query of cache.getAll()) {
        if (query.getObserversCount() === 0 || query.queryKey[0] === 'readSession') continue;
        const { status, error, dataUpdatedAt } = query.state;
        // What has no answer at all says so in its own place.
        if (dataUpdatedAt === 0) continue;
        since = Math.min(since ?? dataUpdatedAt, dataUpdatedAt);
        if (status === 'error') failure = error instanceof Error ? error.message : String(error);
      }
      if (since !== undefined) since += serverNowMs() - Date.now();
      setState((before) =>
        before.since === since && before.failure === failure ? before : { since, failure },
      );
    };
    look();
    // Not while rendering: observers are added in effects of the pages.
    return cache.subscribe(() => {
      queueMicrotask(look);
    });
  }, [cache]);
  return state;
}

/** Says whether what is shown is live, held still, or stale because the server does not answer. */
export function Freshness(): ReactElement {
  const queryClient = useQueryClient();
  const { times } = useSettings();
  const live = useLiveness();
  const { since, failure } = useFreshness();
  const fetching = useIsFetching() > 0;
  const age = useFromNow((nowMs) => {
    const seconds = since === undefined ? 0 : Math.floor((nowMs - since) / 1000);
    return seconds < 1 ? '' : `, ${durationText(seconds * 1000)} ago`;
  });
  const stale = failure !== undefined;

  return (
    <>
      <button
        type="button"
        className="freshness"
        data-state={stale ? 'stale' : live ? 'live' : 'held'}
        aria-pressed={!live}
        title={live ? 'Live. Click to hold the page still.' : 'Held still. Click to go on.'}
        onClick={() => {
          toggleLiveness();
          if (!live) void queryClient.invalidateQueries();
        }}
      >
        <Icon name={live ? 'live' : 'pause'} />
        <span className="freshness-text">{stale ? 'Stale' : live ? 'Live' : 'Held'}</span>
      </button>
      {stale && since !== undefined ? (
        <div className="stale" role="alert">
          <Icon name="warning" />
          <span className="grow break" dir="auto">
            What you see is from {absoluteText(since, times === 'utc' ? 'utc' : 'local').slice(11)}
            {age}. {failure}
          </span>
          <button
            type="button"
            className="link-button"
            disabled={fetching}
            onClick={() => {
              void queryClient.refetchQueries({ type: 'active' });
            }}
          >
            Ask again
          </button>
        </div>
      ) : null}
    </>
  );
}
