import { expect, it } from 'vitest';
import { commitLimits, type Commit } from './commit.js';
import { CommitParser } from './commitParser.js';
import { NulSplitter } from './nulSplitter.js';

function parse(output: string): Commit[] {
  const splitter = new NulSplitter(commitLimits.fieldBytesMax);
  const parser = new CommitParser();
  const commits: Commit[] = [];
  for (const field of splitter.push(Buffer.from(output, 'latin1'))) {
    const commit = parser.push(field);
    if (commit !== undefined) commits.push(commit);
  }
  const last = parser.finish();
  return last === undefined ? commits : [...commits, last];
}

const header = (hash: string, parents: string, message: string): string =>
  [hash, parents, 'Ada', 'ada@example.org', '1', 'Bob', 'bob@example.org', '2', message, ''].join('\0');

it('reads commits with and without files', () => {
  const commits = parse(
    `${header('aa', '', 'first\n')}\n1\t0\tf\0-\t-\timage.png\0${header('bb', 'aa', '')}${header('cc', 'bb aa', 'merge')}`,
  );
  expect(commits.map(({ hash, parents, message }) => ({ hash, parents, message }))).toEqual([
    { hash: 'aa', parents: [], message: 'first\n' },
    { hash: 'bb', parents: ['aa'], message: '' },
    { hash: 'cc', parents: ['bb', 'aa'], message: 'merge' },
  ]);
  expect(commits[0]).toMatchObject({
    author: { name: 'Ada', email: 'ada@example.org' },
    committerSeconds: '2',
    files: [{ path: 'f', linesAdded: 1, linesDeleted: 0 }, { path: 'image.png' }],
    filesChanged: 2,
    linesAdded: 1,
  });
});

it('is not led astray by messages and paths that look like something else', () => {
  const commits = parse(
    `${header('aa', '', '1\t0\tf')}\n3\t4\tpath\twith\ttabs\nand lines\0${header('bb', 'aa', 'x')}`,
  );
  expect(commits).toHaveLength(2);
  expect(commits[0]).toMatchObject({
    message: '1\t0\tf',
    files: [{ path: 'path\twith\ttabs\nand lines', linesAdded: 3, linesDeleted: 4 }],
  });
});

it('says which fields were not UTF-8', () => {
  const [commit] = parse(`${header('aa', '', 'caf\xe9')}\n1\t1\t\xe9\0`);
  expect(commit).toMatchObject({ message: 'café', latin1: ['message', 'files'], files: [{ path: 'é' }] });
});

it('lists a bounded number of files and counts all of them', () => {
  const files = Array.from({ length: commitLimits.filesMax + 7 }, (_, index) => `1\t2\tf${String(index)}\0`);
  const [commit] = parse(`${header('aa', '', 'many')}\n${files.join('')}`);
  expect(commit?.files).toHaveLength(commitLimits.filesMax);
  expect(commit).toMatchObject({ filesChanged: 507, linesAdded: 507, linesDeleted: 1_014 });
});

it('finds no commit in no output, nor in a commit cut off', () => {
  expect(parse('')).toEqual([]);
  expect(parse(header('aa', '', 'x').split('\0', 4).join('\0'))).toEqual([]);
});
