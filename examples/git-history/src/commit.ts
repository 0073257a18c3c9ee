export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface ChangedFile {
  readonly path: string;
  /** Absent for binary files, whose lines git does not count. */
  readonly linesAdded?: number;
  readonly linesDeleted?: number;
}

/** One commit, as git tells it. */
export interface Commit {
  readonly hash: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  /** Seconds since 1970, in the digits git prints; empty when it finds no date. */
  readonly authorSeconds: string;
  readonly committerSeconds: string;
  readonly message: string;
  readonly messageBytes: number;
  /** The first files, at most {@link commitLimits}`.filesMax`. A merge lists none. */
  readonly files: readonly ChangedFile[];
  /** These count all files, listed or not. */
  readonly filesChanged: number;
  readonly linesAdded: number;
  readonly linesDeleted: number;
  /** What was not UTF-8 and was read as Latin-1: `message`, `author.name`, `files` … */
  readonly latin1: readonly string[];
}

/** What of one commit is kept in memory, at most. */
export const commitLimits = Object.freeze({
  fieldBytesMax: 1_048_576,
  filesMax: 500,
  pathCharactersMax: 4_096,
  parentsMax: 100,
});
