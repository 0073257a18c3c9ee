import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactElement,
  type ReactNode,
} from 'react';
import { Icon } from './icon.js';

export interface Announcement {
  readonly text: string;
  readonly failed?: boolean;
  /** For screen readers only: what was done can be seen where it was done. */
  readonly quiet?: boolean;
}

type Announce = (announcement: Announcement) => void;

const AnnounceContext = createContext<Announce>(() => undefined);

/** Tells the result of an action: as a message at the edge, and to screen readers. */
export function useAnnounce(): Announce {
  return use(AnnounceContext);
}

const shownMs = 8000;
const shownMax = 4;

interface Shown extends Announcement {
  readonly key: number;
}

export function Announcements({ children }: { children: ReactNode }): ReactElement {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const [spoken, setSpoken] = useState('');
  const next = useRef(0);

  const close = useCallback((key: number) => {
    setShown((before) => before.filter((each) => each.key !== key));
  }, []);

  const announce = useCallback<Announce>((announcement) => {
    next.current += 1;
    const key = next.current;
    // The same text again is read only if it differs: a space that alternates is not heard.
    setSpoken(announcement.text + (key % 2 === 0 ? '\u00a0' : ''));
    if (announcement.quiet !== true) {
      setShown((before) => [...before, { ...announcement, key }].slice(-shownMax));
    }
  }, []);

  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        {spoken}
      </div>
      <div className="toasts" role="region" aria-label="Messages">
        {shown.map((each) => (
          <Toast key={each.key} announcement={each} close={close} />
        ))}
      </div>
    </AnnounceContext>
  );
}

/** A failure stays until somebody closes it; what succeeded goes by itself. */
function Toast({ announcement, close }: { announcement: Shown; close: (key: number) => void }): ReactElement {
  const { key, failed = false } = announcement;
  const [held, setHeld] = useState(false);
  const goes = useMemo(() => !failed && !held, [failed, held]);
  useEffect(() => {
    if (!goes) return undefined;
    const timer = setTimeout(() => {
      close(key);
    }, shownMs);
    return () => {
      clearTimeout(timer);
    };
  }, [goes, key, close]);
  return (
    <div
      className="toast"
      data-failed={failed}
      onMouseEnter={() => {
        setHeld(true);
      }}
      onMouseLeave={() => {
        setHeld(false);
      }}
    >
      <Icon name={failed ? 'bad' : 'good'} />
      <span className="grow break" dir="auto">
        {announcement.text}
      </span>
      <button
        type="button"
        className="copy"
        aria-label="Close this message"
        onClick={() => {
          close(key);
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
