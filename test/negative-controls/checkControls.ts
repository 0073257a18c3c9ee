import { expect, it } from 'vitest';
import { runControl, type ControlVerdict, type NegativeControl } from './negativeControl.js';

declare module 'vitest' {
  interface TaskMeta {
    /** What a negative control found, for the report of the long form. */
    control?: ControlVerdict;
  }
}

/** One test for each control. */
export function checkControls(controls: readonly NegativeControl[]): void {
  for (const control of controls) {
    it(`would be noticed if it were gone: ${control.name}`, async ({ task }) => {
      const found = await runControl(control);
      task.meta.control = found;
      expect(found.verdict, JSON.stringify(found)).toBe('noticed');
    });
  }
}
