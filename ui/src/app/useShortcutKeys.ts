import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { toggleLiveness } from '../api/liveness.js';
import { moveRowFocus } from '../parts/table.js';
import { pageEntries } from './pages.js';

/** `g` and then a letter, within this time. */
const sequenceMs = 1500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && target.type !== 'checkbox'))
  );
}

function clickPage(which: 'first' | 'next'): void {
  document.querySelector<HTMLButtonElement>(`[data-page="${which}"]`)?.click();
}

/** The keys of the whole dashboard. They rest while somebody writes and while a dialog is open. */
export function useShortcutKeys(open: (dialog: 'palette' | 'shortcuts') => void, dialogOpen: boolean): void {
  const [, navigate] = useLocation();
  const pressedG = useRef(0);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        open('palette');
        return;
      }
      if (dialogOpen || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('[role="dialog"], [role="menu"]') !== null) return;

      const afterG = performance.now() - pressedG.current < sequenceMs;
      pressedG.current = 0;
      if (afterG) {
        const page = pageEntries.find(({ key }) => key === event.key);
        if (page !== undefined) {
          event.preventDefault();
          navigate(page.path);
          return;
        }
      }
      const act = actions[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };

    const actions: Readonly<Record<string, () => void>> = {
      g: () => {
        pressedG.current = performance.now();
      },
      '/': () => {
        open('palette');
      },
      '?': () => {
        open('shortcuts');
      },
      f: () => {
        document.querySelector<HTMLElement>('.filters input, .filters select')?.focus();
      },
      j: () => {
        moveRowFocus(document, 1);
      },
      k: () => {
        moveRowFocus(document, -1);
      },
      n: () => {
        clickPage('next');
      },
      p: () => {
        clickPage('first');
      },
      l: toggleLiveness,
    };

    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [open, dialogOpen, navigate]);
}
