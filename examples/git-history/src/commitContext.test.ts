import { expect, it } from 'vitest';
import { eventLimits } from 'waybill';
import { authorDate } from './authorDate.js';
import { commitLimits, type Commit } from './commit.js';
import { commitContext, isShortened } from './commitContext.js';

const worst = '\u0001'; // six bytes of JSON

function commitOf(message: string, files: Commit['files'] = []): Commit {
  const person = { name: worst.repeat(9_999), email: worst.repeat(9_999) };
  return {
    hash: 'a'.repeat(64),
    parents: Array.from({ length: commitLimits.parentsMax }, () => 'b'.repeat(64)),
    author: person,
    committer: person,
    authorSeconds: '9'.repeat(9_999),
    committerSeconds: '1',
    message,
    messageBytes: Buffer.byteLength(message),
    files,
    filesChanged: files.length,
    linesAdded: 0,
    linesDeleted: 0,
    latin1: [],
  };
}

it('fits the largest commit that can be read into an event', () => {
  const file = { path: worst.repeat(commitLimits.pathCharactersMax), linesAdded: 1, linesDeleted: 1 };
  const files = Array.from({ length: commitLimits.filesMax }, () => file);
  const commit = commitOf(worst.repeat(commitLimits.fieldBytesMax), files);
  const context = commitContext(commit, authorDate('', ''));
  expect(Buffer.byteLength(JSON.stringify(context))).toBeLessThan(eventLimits.contextBytesMax);
  expect(context).toMatchObject({ messageBytes: commitLimits.fieldBytesMax, filesChanged: files.length });
  expect(isShortened(commit)).toBe(true);
});

it('leaves a commit of usual size as it is', () => {
  const commit = commitOf('fix the lamp\n', [{ path: 'lamp.c', linesAdded: 1, linesDeleted: 2 }]);
  expect(commitContext(commit, authorDate('1', '1'))).toMatchObject({
    message: commit.message,
    files: commit.files,
  });
  expect(isShortened(commit)).toBe(false);
});
