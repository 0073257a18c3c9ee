import { VisuallyHidden } from '@mantine/core';
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Icon } from '../parts/icon.js';
import { Freshness } from './freshness.js';
import { FlowLink } from './flow.js';
import { isWithin, pageEntries } from './pages.js';
import { Palette } from './palette.js';
import { useSession } from './session.js';
import { SettingsMenu } from './settingsMenu.js';
import { Shortcuts } from './shortcuts.js';
import { useShortcutKeys } from './useShortcutKeys.js';

export function Shell({ children }: { children: ReactNode }): ReactElement {
  const [path] = useLocation();
  const [dialog, setDialog] = useState<'palette' | 'shortcuts'>();
  // The page over which the navigation was opened on a phone: going to another closes it.
  const [openedOver, setOpenedOver] = useState<string>();
  const menuOpen = openedOver === path;
  const main = useRef<HTMLElement>(null);
  const session = useSession();
  useShortcutKeys(setDialog, dialog !== undefined);
  useFocusOnNewPage(path, main);

  return (
    <div className="shell">
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header className="top">
        <button
          type="button"
          className="menu-button"
          aria-expanded={menuOpen}
          aria-controls="navigation"
          onClick={() => {
            setOpenedOver(menuOpen ? undefined : path);
          }}
        >
          <Icon name={menuOpen ? 'close' : 'menu'} />
          <VisuallyHidden>Navigation</VisuallyHidden>
        </button>
        <Link href="/" className="brand">
          <Brand />
          Waybill
        </Link>
        <FlowLink />
        <span className="grow" />
        <Freshness />
        <button
          type="button"
          className="find-button"
          onClick={() => {
            setDialog('palette');
          }}
        >
          <Icon name="search" />
          <span className="find-text">Find or go to</span>
          <kbd>/</kbd>
        </button>
        <SettingsMenu
          session={session}
          openShortcuts={() => {
            setDialog('shortcuts');
          }}
        />
      </header>
      <nav id="navigation" className="side" aria-label="Pages" data-open={menuOpen}>
        <ul>
          {pageEntries.map((page) => (
            <li key={page.path}>
              <Link
                href={page.path}
                className="side-link"
                aria-current={isWithin(path, page) ? 'page' : undefined}
              >
                <Icon name={page.icon} />
                <span className="grow">{page.title}</span>
                <kbd aria-hidden="true">g {page.key}</kbd>
              </Link>
            </li>
          ))}
        </ul>
        {session === undefined ? null : (
          <div className="side-foot small muted">
            <span className="break" dir="auto">
              {session.user.name}
            </span>
            , {session.user.role}
            <br />
            Waybill {session.version}
          </div>
        )}
      </nav>
      <main id="main" ref={main} tabIndex={-1} className="main">
        {children}
      </main>
      <Palette
        opened={dialog === 'palette'}
        close={() => {
          setDialog(undefined);
        }}
        openShortcuts={() => {
          setDialog('shortcuts');
        }}
      />
      <Shortcuts
        opened={dialog === 'shortcuts'}
        close={() => {
          setDialog(undefined);
        }}
      />
    </div>
  );
}

function Brand(): ReactElement {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" className="brand-ground" />
      <path d="M8 9h16M8 16h10M8 23h6M19 22l3 3 5-6" className="brand-lines" />
    </svg>
  );
}

/** A new page begins at its top, and the keyboard there, as if the browser had loaded it. */
function useFocusOnNewPage(path: string, main: { readonly current: HTMLElement | null }): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path, main]);
}
