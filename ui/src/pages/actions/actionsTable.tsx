import type { ReactElement, ReactNode } from 'react';
import type { Action } from '#schema/actions.js';
import { pageLinks } from '../../app/pages.js';
import { Id } from '../../parts/id.js';
import { countText } from '../../parts/numberText.js';
import { Table, type Column } from '../../parts/table.js';
import { Time } from '../../parts/time.js';

const columns: readonly Column<Action>[] = [
  { id: 'at', header: 'When', width: '9.5rem', cell: (action) => <Time at={action.performedAt} /> },
  {
    id: 'by',
    header: 'Who',
    width: '10rem',
    cell: (action) => <bdi className="break">{action.performedBy}</bdi>,
  },
  { id: 'action', header: 'Action', width: '6rem', cell: (action) => <strong>{action.action}</strong> },
  { id: 'to', header: 'To what', width: '13rem', cell: (action) => <Target action={action} /> },
  {
    id: 'events',
    header: 'Events',
    align: 'right',
    width: '5rem',
    hide: 'phone',
    cell: (action) => (
      <span className="number">{action.eventCount === 0 ? '' : countText(action.eventCount)}</span>
    ),
  },
  {
    id: 'reason',
    header: 'Reason',
    hide: 'phone',
    cell: (action) => <bdi className="break">{action.reason}</bdi>,
  },
  {
    id: 'details',
    header: 'Details',
    hide: 'narrow',
    cell: (action) => <Details details={action.details} />,
  },
];

function Target({ action }: { action: Action }): ReactElement | null {
  if (action.batchId !== null)
    return <Id value={action.batchId} what="batch id" to={pageLinks.batch(action.batchId)} rowLink />;
  const task = action.details['task'];
  return typeof task === 'string' ? <bdi className="mono">{task}</bdi> : null;
}

function Details({ details }: { details: Action['details'] }): ReactElement {
  return (
    <span className="row small">
      {Object.entries(details)
        .filter(([name]) => name !== 'task')
        .map(([name, value]) => (
          <span key={name} className="break">
            <bdi className="muted">{name}</bdi>{' '}
            <bdi className="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>
          </span>
        ))}
    </span>
  );
}

export function ActionsTable({
  actions,
  empty,
  outdated = false,
}: {
  actions: readonly Action[];
  empty?: ReactNode;
  outdated?: boolean;
}): ReactElement {
  return (
    <Table
      label="Actions"
      columns={columns}
      rows={actions}
      rowKey={(action) => action.id}
      empty={empty}
      outdated={outdated}
    />
  );
}
