import {
  GitError,
  migrateGitHistory,
  readCommits,
  RecordCommit,
  replayHistory,
  type ReplayCounts,
} from '@waybill/example-git-history';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pgTransactions } from 'waybill/pg';
import { createDatabases, type TestDatabases } from '../../../test/support/databases.js';
import { createRepository, type CommitText, type Repository } from './hostileRepository.js';

interface CapturedCommit {
  readonly date: string;
  readonly context: Readonly<Record<string, unknown>>;
}

let databases: TestDatabases;
let repository: Repository;

beforeEach(async () => {
  databases = await createDatabases();
  repository = await createRepository();
  await migrateGitHistory(databases.pool);
});

afterEach(async () => {
  await repository.remove();
  await databases.drop();
});

function replay(commitsMax?: number): Promise<ReplayCounts> {
  const recordCommit = new RecordCommit(pgTransactions(databases.pool));
  return replayHistory(readCommits(repository.path, commitsMax), recordCommit, { concurrency: 4 });
}

async function captured(hash: string): Promise<CapturedCommit | undefined> {
  const { rows } = await databases.pool.query<{ date: Date; context: CapturedCommit['context'] }>(
    `SELECT event_date_time AS date, event_context AS context FROM waybill.event
     WHERE event_type = 'commit_authored' AND subject = $1`,
    [`commit:${hash}`],
  );
  expect(rows.length).toBeLessThanOrEqual(1);
  return rows[0] && { date: rows[0].date.toISOString(), context: rows[0].context };
}

async function countEvents(): Promise<number> {
  const { rows } = await databases.pool.query<{ count: number }>('SELECT count(*)::int FROM waybill.event');
  return rows[0]?.count ?? 0;
}

describe('the text of a commit arrives as it was written', () => {
  it.each<[string, string]>([
    ['emoji, joined and flagged', 'ship it 🚀 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿\n'],
    ['right-to-left text and its marks', 'שלום \u202Eמרחבא\u202C العربية\n'],
    ['tabs, backslashes and quotes', 'a\tb\\c\\\\d "e" \'f\' `g` $1 %s {} $$\n'],
    ["the NULL of Postgres's COPY, alone on its line", 'x\n\\N\n\\.\n'],
    ['Windows line ends', 'subject\r\n\r\nbody\r\n'],
    ['control characters', 'bell \u0007 escape \u001B[31m red, delete \u007F\n'],
    ['a byte order mark and unusual spaces', '\uFEFFa\u00A0b\u2028c\u2029d\n'],
    ['text that looks like the list of files', 'x\n1\t2\tpath\n'],
    ['nothing', ''],
    ['JSON', '{"a": [1, null, "\\u0000"]}\n'],
  ])('%s', async (_what, message) => {
    const hash = repository.commit({ message });
    expect(await replay()).toMatchObject({ recorded: 1, latin1: 0, shortened: 0 });
    expect((await captured(hash))?.context).toMatchObject({ hash, message });
  });
});

it('reads bytes that are not UTF-8 as Latin-1, says where, and knows declared encodings', async () => {
  const plain = repository.commit({
    message: Buffer.from('caf\xe9\n', 'latin1'),
    author: Buffer.from('Ren\xe9 <rene@example.org> 1600000000 +0000', 'latin1'),
  });
  const declared = repository.commit({ message: Buffer.from('\xfcber\n', 'latin1'), encoding: 'ISO-8859-1' });
  expect(await replay()).toMatchObject({ recorded: 2, latin1: 1 });
  expect((await captured(plain))?.context).toMatchObject({
    message: 'café\n',
    author: { name: 'René', email: 'rene@example.org' },
    latin1: ['author.name', 'message'],
  });
  const context = (await captured(declared))?.context;
  expect(context).toMatchObject({ message: 'über\n' });
  expect(context).not.toHaveProperty('latin1');
});

it('shortens a message that is too long for one event and keeps its true length', async () => {
  const hash = repository.commit({ message: `${'long 🚀 '.repeat(200_000)}\n` });
  expect(await replay()).toMatchObject({ recorded: 1, latin1: 0, shortened: 1 });
  const { message, messageBytes } = (await captured(hash))?.context ?? {};
  expect(messageBytes).toBe(2_000_001);
  expect(message).toMatch(/^(long 🚀 )+/u);
  expect(String(message).length).toBeGreaterThan(90_000);
});

it('dates an event when the commit was authored, and handles dates that ClickHouse cannot hold', async () => {
  const dated = (seconds: string): CommitText => ({
    message: 'x\n',
    author: `Author <author@example.org>${seconds}`,
  });
  const usual = repository.commit(dated(' 1112911993 -0700'));
  const farFuture = repository.commit(dated(' 99999999999999 +0000'));
  const ancient = repository.commit(dated(' -9999999999 +0000'));
  const none = repository.commit(dated(''));
  expect(await replay()).toMatchObject({ recorded: 4, dateOutOfRange: 1, dateUnreadable: 2 });
  expect(await captured(usual)).toMatchObject({
    date: '2005-04-07T22:13:13.000Z',
    context: { authorSeconds: '1112911993' },
  });
  expect(await captured(farFuture)).toMatchObject({
    date: '2299-12-31T23:59:59.999Z',
    context: { authorSeconds: '99999999999999', dateProblem: 'out_of_range' },
  });
  for (const hash of [ancient, none]) {
    expect(await captured(hash)).toMatchObject({
      date: '2023-11-14T22:13:20.000Z', // the committer's
      context: { authorSeconds: '', dateProblem: 'unreadable' },
    });
  }
});

it('counts what changed, whatever the paths look like', async () => {
  const lamp: readonly [string, string] = ['lamp\tof "Zoë"\n', 'one\ntwo\n'];
  const first = repository.commit({ message: 'x', files: [lamp] });
  const second = repository.commit({ message: 'y', files: [lamp, ['image', 'a\0b']] });
  await replay();
  expect((await captured(first))?.context).toMatchObject({
    parents: [],
    files: [{ path: lamp[0], linesAdded: 2, linesDeleted: 0 }],
    filesChanged: 1,
    linesAdded: 2,
  });
  expect((await captured(second))?.context).toMatchObject({ parents: [first], files: [{ path: 'image' }] });
});

it('replays only what is new, and the newest N when asked', async () => {
  for (let index = 0; index < 20; index += 1) repository.commit({ message: `commit ${String(index)}\n` });
  expect(await replay(5)).toMatchObject({ recorded: 5, repeated: 0 });
  expect(await replay()).toMatchObject({ recorded: 15, repeated: 5 });
  expect(await replay()).toMatchObject({ recorded: 0, repeated: 20 });
  expect(await countEvents()).toBe(20);
});

it('leaves neither row nor event of a commit whose transaction fails, and picks it up the next time', async () => {
  for (let index = 0; index < 6; index += 1) repository.commit({ message: `commit ${String(index)}\n` });
  const failing = repository.commit({ message: 'refuse me\n' });
  await databases.pool.query(
    `ALTER TABLE waybill.event ADD CONSTRAINT refusal CHECK (subject <> 'commit:${failing}')`,
  );
  await expect(replay()).rejects.toThrow('refusal');
  const { rows } = await databases.pool.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM git_history.commit',
  );
  expect(rows[0]?.rows).toBe(await countEvents());
  expect(await captured(failing)).toBeUndefined();

  await databases.pool.query('ALTER TABLE waybill.event DROP CONSTRAINT refusal');
  await replay();
  expect(await countEvents()).toBe(7);
});

it("passes on git's own words when there is no history to read", async () => {
  await expect(replay()).rejects.toThrow(GitError);
  const nowhere = readCommits('/nowhere');
  await expect(nowhere.next()).rejects.toThrow(/cannot change to '\/nowhere'/);
});
