import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { EmbeddedError } from './embeddedError.js';
import { describeError } from './process/describeError.js';

const require = createRequire(import.meta.url);

const INSTEAD =
  'Use servers of your own instead: set DATABASE_URL to a Postgres and CLICKHOUSE_URL to a ClickHouse.';

/**
 * The directory of the file an npm package with binaries exports, given the package of each platform.
 * @throws EmbeddedError NO_BINARIES
 */
export function platformPackageDirectory(
  engine: string,
  packages: Readonly<Record<string, string>>,
  platform: string,
): string {
  const packageName = packages[platform];
  if (packageName === undefined) {
    throw new EmbeddedError(
      'NO_BINARIES',
      `There are no ${engine} binaries for ${platform} (only for ${Object.keys(packages).join(', ')}). ` +
        `Nothing was started. ${INSTEAD}`,
    );
  }
  try {
    return dirname(require.resolve(packageName));
  } catch (error) {
    throw new EmbeddedError(
      'NO_BINARIES',
      `The ${engine} binaries for ${platform} are not installed: ${describeError(error).split('\n')[0] ?? ''}. ` +
        `Nothing was started. Install them with: npm install --include=optional ${packageName}. ${INSTEAD}`,
      { cause: error },
    );
  }
}
