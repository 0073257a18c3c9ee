import { Button } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import type { UrlParams } from '../app/url.js';

interface PagerProps {
  readonly shown: ReactNode;
  /** Undefined: this is the first page. */
  readonly onFirst: (() => void) | undefined;
  /** Undefined: this is the last page. */
  readonly onNext: (() => void) | undefined;
}

/** Below a list. Its height is the same on every page. */
export function Pager({ shown, onFirst, onNext }: PagerProps): ReactElement {
  return (
    <nav className="pager" aria-label="Pages of the list">
      <span className="muted grow">{shown}</span>
      <Button variant="default" disabled={onFirst === undefined} onClick={onFirst} data-page="first">
        First page
      </Button>
      <Button variant="default" disabled={onNext === undefined} onClick={onNext} data-page="next">
        Next page
      </Button>
    </nav>
  );
}

interface UrlPagerProps {
  readonly url: UrlParams;
  readonly shown: ReactNode;
  readonly nextCursor: string | null;
}

/** A pager whose page stands in the address: the browser's way back is the way to the page before. */
export function UrlPager({ url: { params, change }, shown, nextCursor }: UrlPagerProps): ReactElement {
  return (
    <Pager
      shown={shown}
      onFirst={
        params.has('cursor')
          ? () => {
              change({});
            }
          : undefined
      }
      onNext={
        nextCursor === null
          ? undefined
          : () => {
              change({ cursor: nextCursor });
            }
      }
    />
  );
}
