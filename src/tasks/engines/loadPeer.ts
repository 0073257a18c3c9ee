import { WaybillError } from '../../waybillError.js';

export interface PeerNeed {
  readonly package: string;
  /** Begins the sentence that says why it is needed. */
  readonly neededFor: string;
}

/**
 * Loads the library of an engine, which whoever chooses the engine installs.
 * @throws {WaybillError} `ENGINE_NOT_INSTALLED` when it is not there; says what to install
 */
export async function loadPeer<Library>(load: () => Promise<Library>, need: PeerNeed): Promise<Library> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new WaybillError(
      'ENGINE_NOT_INSTALLED',
      `${need.neededFor}, which takes the package ${need.package}. It is not installed; nothing was started.\n` +
        `Run: npm install ${need.package}`,
      { cause },
    );
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
