import type { PoolClient } from 'pg';
import { UseCase, type LogEvent } from 'waybill';
import { authorDate, type AuthorDate } from './authorDate.js';
import type { Commit } from './commit.js';
import { commitContext } from './commitContext.js';

export interface RecordedCommit {
  readonly commit: Commit;
  readonly authored: AuthorDate;
  /** The commit had been recorded before; nothing was changed. */
  readonly repeated: boolean;
}

/**
 * Records one commit: a row in `git_history.commit`, and `commit_authored` in the event log, dated when it was
 * authored. The row's key makes it happen once: the event is captured in the transaction that inserts the row, so a
 * replay that is stopped anywhere and run again neither loses a commit nor repeats one.
 */
export class RecordCommit extends UseCase<Commit, RecordedCommit, PoolClient> {
  protected async perform(commit: Commit, tx: PoolClient): Promise<RecordedCommit> {
    const authored = authorDate(commit.authorSeconds, commit.committerSeconds);
    const { rowCount } = await tx.query(
      `INSERT INTO git_history.commit
         (hash, parents, author_name, author_email, authored_at, message, files_changed)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (hash) DO NOTHING`,
      [
        commit.hash,
        commit.parents,
        commit.author.name,
        commit.author.email,
        authored.date.toISOString(),
        commit.message,
        commit.filesChanged,
      ],
    );
    return { commit, authored, repeated: rowCount === 0 };
  }

  protected override getLogEvent({ commit, authored, repeated }: RecordedCommit): LogEvent | undefined {
    if (repeated) return undefined;
    return {
      eventType: 'commit_authored',
      eventDateTime: authored.date,
      subject: `commit:${commit.hash}`,
      eventContext: commitContext(commit, authored),
    };
  }
}
