import type { BenchContext, Section, SectionResult } from '../section.js';
import { soakResult } from './soak/result.js';
import { runSoak, type SoakForm } from './soak/runSoak.js';

const fullForm: SoakForm = {
  seconds: 1_800,
  sampleSeconds: 5,
  transactionsPerSecond: 400,
  cleanSeconds: 20,
  killAt: 180,
  openAt: 900,
  openSeconds: 30,
};
const quickForm: SoakForm = {
  seconds: 25,
  sampleSeconds: 1,
  transactionsPerSecond: 900,
  cleanSeconds: 2,
  openAt: 12,
  openSeconds: 3,
};

export const soak: Section = {
  name: 'soak',
  title: 'capture, delivery and cleaning together, for as long as it takes to see what grows',
  async run(context: BenchContext): Promise<SectionResult> {
    const form = context.quick ? quickForm : fullForm;
    return soakResult(await runSoak(context, form), form);
  },
};
