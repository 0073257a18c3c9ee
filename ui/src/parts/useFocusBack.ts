import { useEffect } from 'react';

/**
 * Gives the focus back to what had it before a dialog opened. Where that is gone, because the action has changed the page,
 * the page itself gets it, so that the keyboard goes on from there and not from the top of the window.
 */
export function useFocusBack(opened: boolean): void {
  useEffect(() => {
    if (!opened) return undefined;
    const before = document.activeElement;
    return () => {
      // After the dialog is out of the page, and whoever opened it is enabled again.
      setTimeout(() => {
        if (document.querySelector('[role="dialog"]') !== null) return;
        if (before instanceof HTMLElement && before !== document.body && before.isConnected) before.focus();
        if (document.activeElement === document.body) document.getElementById('main')?.focus();
      });
    };
  }, [opened]);
}
