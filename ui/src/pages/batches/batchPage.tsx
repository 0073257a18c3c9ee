import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { Link, useParams } from 'wouter';
import type { BatchAnswer } from '#schema/batches.js';
import { useAction } from '../../api/useAction.js';
import { useLive } from '../../api/useLive.js';
import { useMayAct } from '../../app/session.js';
import { useAnnounce } from '../../parts/announce.js';
import { Confirm } from '../../parts/confirm.js';
import { CopyButton, Id } from '../../parts/id.js';
import { Icon } from '../../parts/icon.js';
import { quantityText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { Facts, Panel } from '../../parts/panel.js';
import { shortenMiddle } from '../../parts/shorten.js';
import { Failure, Skeleton } from '../../parts/states.js';
import { BatchStatusMark } from '../../parts/statuses.js';
import { Table } from '../../parts/table.js';
import { Duration, FullTime } from '../../parts/time.js';
import { ActionsTable } from '../actions/actionsTable.js';
import { batchColumns } from './batchesPage.js';
import { Attempts } from './attempts.js';
import { BatchEvents } from './batchEvents.js';
import { ErrorText } from './errorText.js';

const everyMs = 3000;

export default function BatchPage(): ReactElement {
  const { id } = useParams<{ id: string }>();
  const { data, error, refetch } = useLive('readBatch', { params: { id } }, { everyMs, keepPrevious: false });
  const head = (
    <PageHead
      title={`Batch ${shortenMiddle(id)}`}
      under={{ title: 'Batches', to: '/batches' }}
      heading={
        <>
          Batch <span className="mono break">{id}</span>
          <CopyButton text={id} what="batch id" />
          {data === undefined ? null : <BatchStatusMark status={data.batch.status} />}
        </>
      }
    >
      {data === undefined ? null : <Retry answer={data} />}
    </PageHead>
  );
  if (data === undefined) {
    return (
      <div className="stack">
        {head}
        {error === null ? <Skeleton lines={20} /> : <Failure error={error} retry={() => void refetch()} />}
      </div>
    );
  }
  return (
    <div className="stack">
      {head}
      <div className="halves">
        <Panel title="Batch">
          <BatchFacts answer={data} />
        </Panel>
        <Attempts answer={data} />
      </div>
      {data.batch.lastError === null ? null : <LastError answer={data} />}
      <Family answer={data} />
      <BatchEvents batchId={data.batch.id} />
      {data.actions.length === 0 ? null : (
        <Panel title="What people did to it" flush>
          <ActionsTable actions={data.actions} />
        </Panel>
      )}
    </div>
  );
}

function BatchFacts({ answer }: { answer: BatchAnswer }): ReactElement {
  const { batch } = answer;
  const closedName = batch.status === 'DROPPED' ? 'Dropped' : 'Replaced';
  return (
    <Facts
      facts={[
        [
          'Events',
          <Link key="" href={`/events?batchId=${batch.id}&last=90d`}>
            {quantityText(batch.eventCount, 'event')}
          </Link>,
        ],
        [
          'Event times',
          <span key="">
            <FullTime at={batch.firstEventTime} />
            <br />
            <FullTime at={batch.lastEventTime} />
          </span>,
        ],
        ['Oldest captured', <FullTime key="" at={batch.oldestCapturedAt} />],
        ['Sealed', <FullTime key="" at={batch.sealedAt} />],
        ...(batch.closedAt === null
          ? [['Delivered', <FullTime key="" at={batch.deliveredAt} absent="not yet" />] as const]
          : [[closedName, <FullTime key="" at={batch.closedAt} />] as const]),
        ['Delay', <Duration key="" ms={batch.delayMs} />],
        ...(batch.notBefore === null
          ? []
          : [['Sent again', <FullTime key="" at={batch.notBefore} />] as const]),
        ...(batch.claimedBy === null
          ? []
          : [
              [
                'Claimed by',
                <bdi key="" className="mono break">
                  {batch.claimedBy}
                </bdi>,
              ] as const,
              ['Claim expires', <FullTime key="" at={batch.claimExpiresAt} />] as const,
            ]),
        [
          'In the outbox',
          batch.cleanedAt === null ? (
            'yes'
          ) : (
            <span key="">
              cleaned <FullTime at={batch.cleanedAt} />
            </span>
          ),
        ],
        [
          'Sealed as number',
          <span key="" className="number">
            {batch.seq}
          </span>,
        ],
        ...(answer.purgesParent
          ? [['Before it is sent', 'what ClickHouse holds of its parent is deleted'] as const]
          : []),
      ]}
    />
  );
}

function LastError({ answer }: { answer: BatchAnswer }): ReactElement {
  const { lastErrorCode, lastError } = answer.batch;
  return (
    <Panel
      title="Last error"
      aside={
        answer.refusedColumn === null ? null : (
          <span>
            Refused column <bdi className="mono">{answer.refusedColumn}</bdi>
          </span>
        )
      }
    >
      <ErrorText code={lastErrorCode} text={lastError} />
    </Panel>
  );
}

/** The batches that it came from and that came of it. */
function Family({ answer }: { answer: BatchAnswer }): ReactElement | null {
  const { parent, children, childrenAreAll, batch } = answer;
  if (parent === null && children.length === 0 && batch.parentId === null) return null;
  return (
    <div className="stack">
      {batch.parentId === null ? null : (
        <Panel title="Parent" flush>
          {parent === null ? (
            <p className="panel-body muted">
              <Id value={batch.parentId} what="batch id" />, whose record is older than
              HISTORY_RETENTION_IN_DAYS.
            </p>
          ) : (
            <Table label="Parent" columns={batchColumns} rows={[parent]} rowKey={(each) => each.id} />
          )}
        </Panel>
      )}
      {children.length === 0 ? null : (
        <Panel
          title={`Children, ${childrenAreAll ? String(children.length) : `the first ${String(children.length)}`}`}
          flush
        >
          <Table label="Children" columns={batchColumns} rows={children} rowKey={(each) => each.id} />
        </Panel>
      )}
    </div>
  );
}

function Retry({ answer }: { answer: BatchAnswer }): ReactElement | null {
  const mayAct = useMayAct();
  const retry = useAction('retryBatch');
  const announce = useAnnounce();
  const [asking, setAsking] = useState(false);
  if (!mayAct || !answer.canRetry) return null;
  return (
    <>
      <Button
        leftSection={<Icon name="retry" />}
        onClick={() => {
          setAsking(true);
        }}
      >
        Retry now
      </Button>
      <Confirm
        opened={asking}
        title="Retry this batch now?"
        action="Retry now"
        askReason
        onClose={() => {
          setAsking(false);
        }}
        onConfirm={async (reason) => {
          const done = await retry({
            params: { id: answer.batch.id },
            body: reason === undefined ? {} : { reason },
          });
          announce({
            text: outcomeText(done.outcome, done.runRequested, done.batch.status),
            failed: !done.runRequested,
          });
        }}
      >
        <p>
          Its {quantityText(answer.batch.eventCount, 'event')} become due at once, and a run of process_events
          is asked for. If it was sent before, its rows are counted first, so nothing is doubled.
        </p>
      </Confirm>
    </>
  );
}

function outcomeText(
  outcome: 'due' | 'already_due' | 'not_awaiting',
  runRequested: boolean,
  status: string,
): string {
  if (outcome === 'not_awaiting') return `Nothing was changed: the batch is ${status} by now.`;
  const due = outcome === 'due' ? 'The batch is due.' : 'The batch was due already.';
  return runRequested
    ? `${due} A run was asked for.`
    : `${due} No worker has ever started: npx waybill worker`;
}
