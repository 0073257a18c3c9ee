import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProblemError } from './problemError.js';

/** Where `npm run build` puts the pages. */
export const pagesDirectory = fileURLToPath(new URL('../../dist/dashboard/pages/', import.meta.url));

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** The one line of the page that depends on where it is mounted. */
const basePlaceholder = '<base href="/" />';

const foreverCaching = 'private, max-age=31536000, immutable';

export interface PageRequest {
  /** Within the dashboard, such as `/batches` or `/assets/index-BkzX.js`. */
  readonly path: string;
  /** Where the dashboard is mounted for the browser, such as `/waybill`; empty at the root. */
  readonly basePath: string;
  /** As the browser's accept-encoding has it. */
  readonly acceptEncoding: string;
}

/**
 * Serves the built pages. A file of `assets/` has a hash in its name and is kept for ever; a path that is no file is a page
 * of the application, which reads the path itself.
 * @throws {ProblemError} NOT_FOUND
 */
export class Pages {
  readonly #directory: string;

  constructor(directory: string = pagesDirectory) {
    this.#directory = directory;
  }

  async serve({ path, basePath, acceptEncoding }: PageRequest): Promise<Response> {
    if (extname(path) !== '') return this.#serveFile(path, acceptEncoding);
    const index = await this.#read('index.html');
    if (index === undefined) return new Response(notBuilt, { status: 503, headers: plainText });
    const html = index.toString().replace(basePlaceholder, () => `<base href="${basePath}/" />`);
    return new Response(html, {
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    });
  }

  async #serveFile(path: string, acceptEncoding: string): Promise<Response> {
    const mediaType = mediaTypes[extname(path)];
    const name = fileName(path);
    const found =
      mediaType === undefined || name === undefined ? undefined : await this.#find(name, acceptEncoding);
    if (mediaType === undefined || found === undefined) {
      throw new ProblemError('NOT_FOUND', {
        detail: `There is no file ${path}.`,
        advice: 'Reload the page: it may be of an older version.',
      });
    }
    const { bytes, encoding } = found;
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': mediaType,
        'cache-control': path.startsWith('/assets/') ? foreverCaching : 'no-cache',
        vary: 'accept-encoding',
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      },
    });
  }

  /** A file, compressed where the build has made a compressed one that the browser takes. */
  async #find(
    name: string,
    acceptEncoding: string,
  ): Promise<{ readonly bytes: Buffer; readonly encoding?: string } | undefined> {
    for (const [encoding, suffix] of [
      ['br', '.br'],
      ['gzip', '.gz'],
    ] as const) {
      if (!new RegExp(`\\b${encoding}\\b`).test(acceptEncoding)) continue;
      const bytes = await this.#read(name + suffix);
      if (bytes !== undefined) return { bytes, encoding };
    }
    const bytes = await this.#read(name);
    return bytes === undefined ? undefined : { bytes };
  }

  async #read(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#directory, name));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }
}

/** The path as a file's name, if it does not lead out of the directory. */
function fileName(path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined; // a stray percent sign
  }
  const name = normalize(`.${decoded}`);
  const leadsOut = name.startsWith('..') || name.startsWith(sep) || name.includes('\0');
  return leadsOut ? undefined : name;
}

const plainText = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
const notBuilt =
  'The pages of the dashboard are not built. In the repository of Waybill: npm run build. The API is there: api/openapi.json\n';
