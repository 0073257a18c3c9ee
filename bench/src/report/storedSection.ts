import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sectionNames, type SectionName, type SectionResult } from '../section.js';
import type { Machine } from './machine.js';

/** A section's results with all that is needed to read them later: the content of results/NAME.json. */
export interface StoredSection extends SectionResult {
  readonly section: SectionName;
  readonly title: string;
  /** When it ended, RFC 3339. */
  readonly measuredAt: string;
  readonly durationSeconds: number;
  readonly options: { readonly quick: boolean };
  readonly machine: Machine;
}

/** Replaces what was stored of this section. */
export async function storeSection(directory: string, stored: StoredSection): Promise<void> {
  await writeWhole(directory, `${stored.section}.json`, `${JSON.stringify(stored, undefined, 1)}\n`);
}

/** All sections that were ever stored there, in their order. */
export async function readSections(directory: string): Promise<StoredSection[]> {
  const files = new Set(await readdir(directory));
  const stored: StoredSection[] = [];
  for (const name of sectionNames) {
    if (!files.has(`${name}.json`)) continue;
    // Written by storeSection.
    stored.push(JSON.parse(await readFile(join(directory, `${name}.json`), 'utf8')) as StoredSection);
  }
  return stored;
}

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(directory: string, file: string, text: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, file);
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
