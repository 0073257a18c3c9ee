import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface CommitText {
  readonly message: string | Buffer;
  /** Name, e-mail and date, as they stand in the commit. */
  readonly author?: string | Buffer;
  readonly encoding?: string;
  /** Files of the commit: path and content. */
  readonly files?: readonly (readonly [path: string, content: string])[];
}

export interface Repository {
  readonly path: string;
  /** Writes a commit on top of the last, byte for byte as given, whatever git's commands would say; returns its hash. */
  commit(text: CommitText): string;
  remove(): Promise<void>;
}

const committer = 'Committer <committer@example.org> 1700000000 +0100';

/** A repository that is made of raw objects, so that it can hold what git's own commands would refuse to write. */
export async function createRepository(): Promise<Repository> {
  const path = await mkdtemp(join(tmpdir(), 'git-history-'));
  await promisify(execFile)('git', ['init', '--quiet', path]);
  const git = (gitArguments: readonly string[], input: string | Buffer = ''): string =>
    execFileSync('git', ['-C', path, ...gitArguments], { input, encoding: 'utf8' }).trim();
  let parent: string | undefined;

  function writeTree(files: CommitText['files'] = []): string {
    const entries = files.map(([name, content]) => {
      const blob = git(['hash-object', '-t', 'blob', '-w', '--stdin'], content);
      return `100644 blob ${blob}\t${name}\0`;
    });
    return git(['mktree', '-z'], entries.join(''));
  }

  return {
    path,
    commit({ message, author = 'Author <author@example.org> 1600000000 -0800', encoding, files }) {
      const object = Buffer.concat([
        Buffer.from(`tree ${writeTree(files)}\n${parent === undefined ? '' : `parent ${parent}\n`}author `),
        Buffer.from(author),
        Buffer.from(`\ncommitter ${committer}\n${encoding === undefined ? '' : `encoding ${encoding}\n`}\n`),
        Buffer.from(message),
      ]);
      parent = git(['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], object);
      git(['update-ref', 'HEAD', parent]);
      return parent;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
