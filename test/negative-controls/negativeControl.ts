import { onTestFinished } from 'vitest';
import { copyOfTheCode, type Edit } from './copyOfTheCode.js';
import { damageKinds, isClean, type Finding } from './finding.js';
import { Side, type SideOptions } from './side.js';

/** A safeguard, and the proof that the tests would notice if it were gone. */
export interface NegativeControl {
  /** The safeguard. */
  readonly name: string;
  /** What is done to the altered copy, in words. */
  readonly switchedOff: string;
  readonly edits: readonly Edit[];
  /** What happens, in words. */
  readonly story: string;
  /** What holds on both sides: a fault that is planted, or a second safeguard that would mend the damage. */
  readonly given?: { readonly what: string; readonly edits: readonly Edit[] };
  /**
   * What the altered side has to show. `attempts` and `replaced` stand for a safeguard that another one backs: nothing is
   * damaged without it, but more is sent.
   */
  readonly expected: keyof Finding;
  readonly sideOptions?: SideOptions;
  /** Plays the story with the product of one side, and asks the oracle. */
  readonly scenario: (side: Side) => Promise<Finding>;
}

export interface ControlVerdict {
  readonly name: string;
  readonly switchedOff: string;
  readonly story: string;
  readonly given: string | undefined;
  /** With the safeguard, and without it. */
  readonly unaltered: Finding;
  readonly altered: Finding;
  /** `unnoticed`: the safeguard was off, and the oracle had nothing to say. */
  readonly verdict: 'noticed' | 'unnoticed' | 'unaltered not clean';
}

/** Plays the scenario with the code as it is and with the safeguard switched off, at the same time. */
export async function runControl(control: NegativeControl): Promise<ControlVerdict> {
  const given = control.given?.edits ?? [];
  const [unaltered, altered] = await Promise.all([
    play(control, given),
    play(control, [...given, ...control.edits]),
  ]);
  const { name, switchedOff, story } = control;
  const verdict = judge(control.expected, unaltered, altered);
  return { name, switchedOff, story, given: control.given?.what, unaltered, altered, verdict };
}

async function play(control: NegativeControl, edits: readonly Edit[]): Promise<Finding> {
  const copy = await copyOfTheCode(edits);
  onTestFinished(() => copy.remove());
  return control.scenario(await Side.open(copy.product, control.sideOptions));
}

export function judge(
  expected: keyof Finding,
  unaltered: Finding,
  altered: Finding,
): ControlVerdict['verdict'] {
  if (!isClean(unaltered)) return 'unaltered not clean';
  const isDamage = damageKinds.some((kind) => kind === expected);
  const shown = isDamage
    ? altered[expected] > 0
    : isClean(altered) && altered[expected] > unaltered[expected];
  return shown ? 'noticed' : 'unnoticed';
}
