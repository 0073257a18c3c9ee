import type { ReactElement } from 'react';
import { Link } from 'wouter';
import type { Attempt } from '#schema/attempt.js';
import type { BatchAnswer } from '#schema/batches.js';
import { pageLinks } from '../../app/pages.js';
import { bytesText, countText } from '../../parts/numberText.js';
import { Panel } from '../../parts/panel.js';
import { Empty } from '../../parts/states.js';
import { OutcomeMark } from '../../parts/statuses.js';
import { Duration, FullTime } from '../../parts/time.js';
import { ErrorText } from './errorText.js';

/** The timeline of a batch's attempts, the newest first. */
export function Attempts({ answer }: { answer: BatchAnswer }): ReactElement {
  const { attempts, attemptsAreAll } = answer;
  const title = attemptsAreAll ? 'Attempts' : `Attempts, the newest ${String(attempts.length)}`;
  return (
    <Panel title={title} flush>
      {attempts.length === 0 ? (
        <NoAttempt status={answer.batch.status} />
      ) : (
        <ol className="timeline">
          {attempts.map((attempt) => (
            <li key={attempt.id}>
              <AttemptEntry attempt={attempt} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function NoAttempt({ status }: { status: BatchAnswer['batch']['status'] }): ReactElement {
  return status === 'AWAITING_DELIVERY' || status === 'SENDING' ? (
    <Empty title="Not sent yet">The next run of process_events sends it.</Empty>
  ) : (
    <Empty title="No attempt is recorded">Attempts are kept for HISTORY_RETENTION_IN_DAYS.</Empty>
  );
}

function AttemptEntry({ attempt }: { attempt: Attempt }): ReactElement {
  return (
    <div className="timeline-entry">
      <div className="row">
        <span className="muted number">#{attempt.number}</span>
        <OutcomeMark outcome={attempt.outcome} />
        <FullTime at={attempt.startedAt} />
      </div>
      <div className="row muted small">
        <span>
          took <Duration ms={attempt.durationMs} />
        </span>
        <span className="number">{countText(attempt.rows)} rows confirmed</span>
        <span className="number">{bytesText(attempt.bytes)} sent</span>
        <Link href={pageLinks.run(attempt.runId)}>its run</Link>
      </div>
      {attempt.errorText === null && attempt.errorCode === null ? null : (
        <ErrorText code={attempt.errorCode} text={attempt.errorText} />
      )}
    </div>
  );
}
