import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import type pg from 'pg';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { pgTransactions } from '../../src/capture/pgTransactions.js';
import type {
  UseCase,
  captureEvents,
  CaptureTransaction,
  LogEvent,
  PgTransaction,
  Transactions,
} from '../../src/index.js';

const root = new URL('../../', import.meta.url);

describe('the types of capture', () => {
  it('take a client of pg as a transaction, and no pool', () => {
    expectTypeOf<pg.PoolClient>().toExtend<CaptureTransaction>();
    expectTypeOf<pg.Client>().toExtend<CaptureTransaction>();
    expectTypeOf<PgTransaction>().toExtend<CaptureTransaction>();
    expectTypeOf<pg.Pool>().not.toExtend<CaptureTransaction>();
  });

  it('return one id an event, as text', () => {
    expectTypeOf<typeof captureEvents>().returns.resolves.toEqualTypeOf<string[]>();
  });

  it('take any value as a context and refuse an event without one, or without a type', () => {
    expectTypeOf<{ eventType: string; eventContext: Map<string, string> }>().toExtend<LogEvent>();
    expectTypeOf<{ eventType: string }>().not.toExtend<LogEvent>();
    expectTypeOf<{ eventContext: object }>().not.toExtend<LogEvent>();
    expectTypeOf<{
      eventType: string;
      eventContext: object;
      eventDateTime: string;
    }>().not.toExtend<LogEvent>();
  });

  it('hand a use case the very client that its pool makes', () => {
    expectTypeOf<typeof pgTransactions<pg.PoolClient>>().returns.toEqualTypeOf<Transactions<pg.PoolClient>>();
  });

  it('let a use case keep its request, its event and its transaction apart', () => {
    type Typed = UseCase<{ readonly total: number }, { readonly id: string }, pg.PoolClient>;
    expectTypeOf<Typed['execute']>().parameter(0).toEqualTypeOf<{ readonly total: number }>();
    expectTypeOf<Typed['execute']>().parameter(1).toEqualTypeOf<pg.PoolClient | undefined>();
    expectTypeOf<Typed['execute']>().returns.resolves.toEqualTypeOf<{ readonly id: string }>();
  });
});

describe('what an application imports', () => {
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'src'], {
      cwd: fileURLToPath(root),
    });
  });

  it.each(['dist/index.js', 'dist/capture/pgTransactions.js'])('%s brings no dependency with it', (entry) => {
    const { files, packages } = followImports(new URL(entry, root));
    expect(packages.filter((name) => !name.startsWith('node:'))).toEqual([]);
    expect(files).toContain(entry);
  });

  it('is found to bring dependencies where it does: the same walk from the service', () => {
    expect(followImports(new URL('dist/delivery/ports.js', root)).packages).toContain('pg');
  });
});

/** Every file that importing `entry` loads, and every package that it needs. */
function followImports(entry: URL): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const toRead = [entry];
  for (let file = toRead.pop(); file !== undefined; file = toRead.pop()) {
    const name = file.href.slice(root.href.length);
    if (files.has(name)) continue;
    files.add(name);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles) {
      if (fileName.startsWith('.')) toRead.push(new URL(fileName, file));
      else packages.add(fileName);
    }
  }
  return { files: [...files], packages: [...packages] };
}
