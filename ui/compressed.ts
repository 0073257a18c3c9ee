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
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const files = Object.values(bundle).map((file) => ({
        name: file.fileName,
        source: Buffer.from(file.type === 'chunk' ? file.code : file.source),
      }));
      await Promise.all(
        files
          .filter(({ name, source }) => /\.(?:js|css|svg)$/.test(name) && source.length >= bytesMin)
          .flatMap(({ name, source }) => [
            compressWithBrotli(source, {
              params: { [constants.BROTLI_PARAM_SIZE_HINT]: source.length },
            }).then((small) => {
              this.emitFile({ type: 'asset', fileName: `${name}.br`, source: small });
            }),
            compressWithGzip(source, { level: constants.Z_BEST_COMPRESSION }).then((small) => {
              this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: small });
            }),
          ]),
      );
    },
  };
}
