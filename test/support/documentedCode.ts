import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * A block of code from a page of docs, by how the paragraph before it begins.
 * @throws {Error} when the page has none, or several
 */
export function documentedCode(page: string, paragraphBegin: string): string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/(?:^|\n\n)((?:(?!\n\n|```)[^])+)\n\n```\w+\n([^]*?)\n```/g)]
    .filter(([, paragraph = '']) => paragraph.startsWith(paragraphBegin))
    .map(([, , code = '']) => code);
  const [code, ...others] = blocks;
  if (code === undefined || others.length > 0) {
    throw new Error(
      `docs/${page} has ${String(blocks.length)} blocks of code after a paragraph that begins ${JSON.stringify(paragraphBegin)}.`,
    );
  }
  return code;
}

type AsyncFunctionConstructor = new (...parts: string[]) => (...values: unknown[]) => Promise<unknown>;
const AsyncFunction = (async () => {
  // only for its constructor
}).constructor as AsyncFunctionConstructor;

/** Runs code of a page as it stands there: with these modules to import and these names around it. Returns its exports. */
export async function runDocumentedCode(
  code: string,
  { modules = {}, names = {} }: { readonly modules?: object; readonly names?: Record<string, unknown> },
): Promise<Record<string, unknown>> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exported: Record<string, unknown> = {};
  const imported = new Map(Object.entries(modules));
  const require = (name: string): unknown => {
    if (!imported.has(name)) throw new Error(`The code imports ${name}, which the test does not give it.`);
    return imported.get(name);
  };
  await new AsyncFunction('require', 'exports', ...Object.keys(names), outputText)(
    require,
    exported,
    ...Object.values(names),
  );
  return exported;
}
