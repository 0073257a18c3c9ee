import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import type * as product from './product.js';

/** One change to the code under test. `text` must match exactly once, or the safeguard has moved. */
export interface Edit {
  /** From the root of the repository: a file of `src/` or `sql/`. */
  readonly file: string;
  readonly text: string | RegExp;
  /** May name groups of a regular expression, such as `$1`. */
  readonly replacement: string;
}

export type Product = typeof product;

/** The product as some edits leave it. */
export interface ProductCopy {
  readonly product: Product;
  /** Removes the files; what was loaded goes on. */
  remove(): Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Ignored by git, and below the root, so that packages are found there. */
const scratch = join(root, '.waybill', 'negative-controls');
const entry = 'test/negative-controls/product.ts';

/**
 * Copies the source, applies the edits to it as a reviewer knows it, strips its types, and loads it.
 * @throws when an edit does not match exactly once
 */
export async function copyOfTheCode(edits: readonly Edit[]): Promise<ProductCopy> {
  await mkdir(scratch, { recursive: true });
  const directory = await mkdtemp(join(scratch, 'copy-'));
  try {
    await cp(join(root, 'sql'), join(directory, 'sql'), { recursive: true });
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n');
    for (const file of await sourceFiles()) await copySource(directory, file, edits);
    for (const file of new Set(edits.map((edit) => edit.file))) {
      if (file.startsWith('sql/'))
        await writeFile(join(directory, file), edited(file, await readSource(file), edits));
    }
    const url = pathToFileURL(join(directory, entry.replace(/\.ts$/, '.js'))).href;
    const altered = (await import(/* @vite-ignore */ url)) as Product; // the copy of the file that the type is of
    return { product: altered, remove: () => rm(directory, { recursive: true, force: true }) };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function sourceFiles(): Promise<string[]> {
  const names = await readdir(join(root, 'src'), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return [entry, ...sources.map((name) => `src/${name.replaceAll('\\', '/')}`)];
}

async function copySource(directory: string, file: string, edits: readonly Edit[]): Promise<void> {
  const outputText = stripTypes(file, edited(file, await readSource(file), edits));
  const target = join(directory, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}

/** Most files are the same in every copy. */
const strippedBySource = new Map<string, string>();

function stripTypes(file: string, source: string): string {
  const known = strippedBySource.get(source);
  if (known !== undefined) return known;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
    fileName: file,
  });
  strippedBySource.set(source, outputText);
  return outputText;
}

function readSource(file: string): Promise<string> {
  return readFile(join(root, file), 'utf8');
}

function edited(file: string, source: string, edits: readonly Edit[]): string {
  return edits.filter((edit) => edit.file === file).reduce(applyEdit, source);
}

/** @throws when the text does not match exactly once, or nothing changes */
export function applyEdit(source: string, { file, text, replacement }: Edit): string {
  const pattern = typeof text === 'string' ? new RegExp(escapeForRegExp(text), 'g') : new RegExp(text, 'g');
  const matches = Array.from(source.matchAll(pattern)).length;
  if (matches !== 1) {
    throw new Error(
      `The safeguard has moved: ${file} has ${String(matches)} places instead of one that match ${String(text)}. ` +
        'Adapt the edit of this negative control to the code.',
    );
  }
  return typeof text === 'string'
    ? source.replace(pattern, () => replacement)
    : source.replace(pattern, replacement);
}

function escapeForRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
