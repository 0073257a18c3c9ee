import type { BenchContext, Section, SectionResult } from '../section.js';
import { cleaningResult } from './cleaning/result.js';
import { cleanOnce, type CleaningSample } from './cleaning/cleanOnce.js';
import { cleaningScenes, makeTemplate } from './cleaning/scenes.js';
import type { WaybillOutbox } from '../waybillOutbox.js';

export const cleaning: Section = {
  name: 'cleaning',
  title: 'how fast delivered records go, and what captures feel of it',
  run: runCleaning,
};

async function runCleaning(context: BenchContext): Promise<SectionResult> {
  const scenes = cleaningScenes(context.quick ? 100_000 : 1_000_000);
  const rounds = context.quick ? 3 : 5;
  const windowMs = context.quick ? 600 : 1_500;
  const templates: WaybillOutbox[] = [];
  try {
    for (const scene of scenes) templates.push(await makeTemplate(context, scene));
    const samples: CleaningSample[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      context.say(`round ${String(round)} of ${String(rounds)}`);
      for (const [index, scene] of scenes.entries()) {
        const template = templates[index];
        if (template !== undefined) samples.push(await cleanOnce(context, scene, template, windowMs));
      }
    }
    return cleaningResult(samples, scenes);
  } finally {
    for (const template of templates) await template.drop();
  }
}
