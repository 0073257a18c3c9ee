import { open } from 'node:fs/promises';

/** A dying ClickHouse takes seconds to write its stacks, while its other threads go on logging: 0.1 MB was seen. */
const BYTES_READ_MAX = 1024 * 1024;
const CHARACTERS_MAX = 4_000;

/**
 * What ClickHouse wrote to its log file since that had `sinceBytes`: the first of its `<Fatal>` lines, which say why it
 * died, or, without any, the end. Empty when the file cannot be read.
 */
export async function lastWords(logFile: string, sinceBytes: number): Promise<string> {
  const text = await readEnd(logFile, sinceBytes).catch(() => '');
  const fatal = text.split('\n').filter((line) => line.includes('<Fatal>'));
  return fatal.length > 0 ? fatal.join('\n').slice(0, CHARACTERS_MAX) : text.slice(-CHARACTERS_MAX).trim();
}

async function readEnd(logFile: string, sinceBytes: number): Promise<string> {
  const file = await open(logFile);
  try {
    const { size } = await file.stat();
    // A file that has become smaller is a new one: ClickHouse has rotated it.
    const start = Math.max(size < sinceBytes ? 0 : sinceBytes, size - BYTES_READ_MAX);
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
