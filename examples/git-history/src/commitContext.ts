import type { AuthorDate } from './authorDate.js';
import { commitLimits, type ChangedFile, type Commit, type Person } from './commit.js';
import { cutToJsonBytes, jsonBytes } from './cutToJsonBytes.js';

/** Together they stay well below the 262,144 bytes that an event's context may have. */
const messageJsonBytesMax = 131_072;
const filesJsonBytesMax = 65_536;
const nameJsonBytesMax = 2_048;

/** What the event log keeps of a commit. */
export interface CommitContext {
  readonly hash: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  /** Seconds since 1970 in git's own digits: the truth even where the event's date had to differ. */
  readonly authorSeconds: string;
  readonly dateProblem?: AuthorDate['problem'];
  readonly message: string;
  readonly messageBytes: number;
  readonly files: readonly ChangedFile[];
  readonly filesChanged: number;
  readonly linesAdded: number;
  readonly linesDeleted: number;
  /** What was not UTF-8 and was read as Latin-1. */
  readonly latin1?: readonly string[];
}

/** Fits a commit of any size into the context of an event. What was left out shows in the counts beside it. */
export function commitContext(commit: Commit, authored: AuthorDate): CommitContext {
  return {
    hash: commit.hash,
    parents: commit.parents,
    author: cutPerson(commit.author),
    committer: cutPerson(commit.committer),
    authorSeconds: cutToJsonBytes(commit.authorSeconds, nameJsonBytesMax),
    ...(authored.problem === undefined ? {} : { dateProblem: authored.problem }),
    message: cutToJsonBytes(commit.message, messageJsonBytesMax),
    messageBytes: commit.messageBytes,
    files: firstFiles(commit.files),
    filesChanged: commit.filesChanged,
    linesAdded: commit.linesAdded,
    linesDeleted: commit.linesDeleted,
    ...(commit.latin1.length === 0 ? {} : { latin1: commit.latin1 }),
  };
}

/** Tells whether a part of the commit did not fit. */
export function isShortened(commit: Commit): boolean {
  return (
    commit.messageBytes > commitLimits.fieldBytesMax ||
    jsonBytes(commit.message) > messageJsonBytesMax ||
    firstFiles(commit.files).length < commit.filesChanged
  );
}

function cutPerson({ name, email }: Person): Person {
  return { name: cutToJsonBytes(name, nameJsonBytesMax), email: cutToJsonBytes(email, nameJsonBytesMax) };
}

function firstFiles(files: readonly ChangedFile[]): readonly ChangedFile[] {
  let bytes = 0;
  const firstLeftOut = files.findIndex((file) => {
    bytes += Buffer.byteLength(JSON.stringify(file)) + 1; // the comma
    return bytes > filesJsonBytesMax;
  });
  return firstLeftOut === -1 ? files : files.slice(0, firstLeftOut);
}
