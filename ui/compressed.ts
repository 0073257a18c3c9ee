import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const compressWithBrotli = promisify(brotliCompress);
const compressWithGzip = promisify(gzip);

/** What is smaller fits into one packet anyway. */
const bytesMin = 1024;

/** Puts beside each file its compressed forms, which the server sends as they are. */
export function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    // Of what was written: other plugins change the code until then.
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) throw new Error('The build has no directory.');
      const names = Object.keys(bundle).filter((name) => /\.(?:js|css|svg)$/.test(name));
      await Promise.all(names.map((name) => compressFile(join(dir, name))));
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const source = await readFile(path);
  if (source.length < bytesMin) return;
  const [small, alsoSmall] = await Promise.all([
    compressWithBrotli(source, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: source.length } }),
    compressWithGzip(source, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  await Promise.all([writeFile(`${path}.br`, small), writeFile(`${path}.gz`, alsoSmall)]);
}
