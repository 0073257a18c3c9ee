import { commitLimits, type ChangedFile, type Commit } from './commit.js';
import { decodeText } from './decodeText.js';
import type { Field } from './nulSplitter.js';

/** The fields of a commit, in the order in which {@link commitParserFormat} asks git for them. */
const headerFields = [
  ['hash', '%H'],
  ['parents', '%P'],
  ['author.name', '%an'],
  ['author.email', '%ae'],
  ['authorSeconds', '%at'],
  ['committer.name', '%cn'],
  ['committer.email', '%ce'],
  ['committerSeconds', '%ct'],
  ['message', '%B'],
] as const;

type HeaderField = (typeof headerFields)[number][0];

/** git ends the format itself with a NUL when it is run with `-z`. */
export const commitParserFormat = headerFields.map(([, placeholder]) => placeholder).join('%x00');

/** `added<TAB>deleted<TAB>path`, `-` for binary files, a line feed before a commit's first. A hash never looks so. */
const changedFilePattern = /^\n?(\d+|-)\t(\d+|-)\t([^]*)$/;

interface CommitUnderWay {
  readonly header: Map<HeaderField, string>;
  readonly latin1: Set<string>;
  messageBytes: number;
  readonly files: ChangedFile[];
  filesChanged: number;
  linesAdded: number;
  linesDeleted: number;
}

/** Puts commits together from the fields of `git log -z --numstat --no-renames` with {@link commitParserFormat}. */
export class CommitParser {
  #current: CommitUnderWay | undefined;

  /** Takes the next field; returns the commit before it when the field begins another. */
  push(field: Field): Commit | undefined {
    const current = this.#current;
    if (current !== undefined && addTo(current, field)) return undefined;
    this.#current = newCommit();
    addTo(this.#current, field);
    return current === undefined ? undefined : toCommit(current);
  }

  /** The last commit, once there are no more fields; undefined when there was none, or only a part of one. */
  finish(): Commit | undefined {
    const current = this.#current;
    return current?.header.size === headerFields.length ? toCommit(current) : undefined;
  }
}

function newCommit(): CommitUnderWay {
  return {
    header: new Map(),
    latin1: new Set(),
    messageBytes: 0,
    files: [],
    filesChanged: 0,
    linesAdded: 0,
    linesDeleted: 0,
  };
}

/** Tells whether the field belongs to this commit. */
function addTo(commit: CommitUnderWay, field: Field): boolean {
  const { text, encoding } = decodeText(field.bytes, field.bytes.length < field.bytesInFull);
  const headerField = headerFields[commit.header.size]?.[0];
  if (headerField !== undefined) {
    commit.header.set(headerField, text);
    if (headerField === 'message') commit.messageBytes = field.bytesInFull;
    if (encoding === 'latin-1') commit.latin1.add(headerField);
    return true;
  }
  const changedFile = changedFilePattern.exec(text);
  if (changedFile === null) return false;
  const [, added = '-', deleted = '-', path = ''] = changedFile;
  addFile(commit, added, deleted, path);
  if (encoding === 'latin-1') commit.latin1.add('files');
  return true;
}

function addFile(commit: CommitUnderWay, added: string, deleted: string, path: string): void {
  const isBinary = added === '-' || deleted === '-';
  const lines = isBinary ? {} : { linesAdded: Number(added), linesDeleted: Number(deleted) };
  if (commit.files.length < commitLimits.filesMax) {
    commit.files.push({ path: path.slice(0, commitLimits.pathCharactersMax), ...lines });
  }
  commit.filesChanged += 1;
  commit.linesAdded += lines.linesAdded ?? 0;
  commit.linesDeleted += lines.linesDeleted ?? 0;
}

function toCommit(commit: CommitUnderWay): Commit {
  const { header, latin1, messageBytes, files, filesChanged, linesAdded, linesDeleted } = commit;
  const read = (field: HeaderField): string => header.get(field) ?? '';
  return {
    hash: read('hash'),
    parents: read('parents')
      .split(' ', commitLimits.parentsMax)
      .filter((parent) => parent !== ''),
    author: { name: read('author.name'), email: read('author.email') },
    committer: { name: read('committer.name'), email: read('committer.email') },
    authorSeconds: read('authorSeconds'),
    committerSeconds: read('committerSeconds'),
    message: read('message'),
    messageBytes,
    files,
    filesChanged,
    linesAdded,
    linesDeleted,
    latin1: [...latin1],
  };
}
