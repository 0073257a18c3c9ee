const strictly = { fatal: true, ignoreBOM: true } as const;
const utf8 = new TextDecoder('utf-8', strictly);

export interface DecodedText {
  readonly text: string;
  readonly encoding: 'utf-8' | 'latin-1';
}

/**
 * Reads bytes as UTF-8, or, when they are not UTF-8, as Latin-1: each byte one character. Old commits hold whatever
 * their author's editor wrote. Latin-1 is most often right for them, never fails, and can be turned back into the
 * bytes, which replacement characters cannot.
 * @param isCut the bytes are the beginning of a longer text and may end within a character, which is left out
 */
export function decodeText(bytes: Buffer, isCut = false): DecodedText {
  try {
    const text = isCut
      ? new TextDecoder('utf-8', strictly).decode(bytes, { stream: true })
      : utf8.decode(bytes);
    return { text, encoding: 'utf-8' };
  } catch {
    return { text: bytes.toString('latin1'), encoding: 'latin-1' };
  }
}
