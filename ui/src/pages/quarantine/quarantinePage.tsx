import { Button, Checkbox } from '@mantine/core';
import { useMemo, useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { quarantineGroupsQuery, quarantineQuery, type QuarantineItem } from '#schema/quarantine.js';
import { useLive } from '../../api/useLive.js';
import { pageLinks } from '../../app/pages.js';
import { useMayAct } from '../../app/session.js';
import { useUrlParams } from '../../app/url.js';
import { Icon } from '../../parts/icon.js';
import { Loaded } from '../../parts/loaded.js';
import { countText, quantityText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { UrlPager } from '../../parts/pager.js';
import { Panel } from '../../parts/panel.js';
import { queryOf } from '../../parts/queryOf.js';
import { Empty } from '../../parts/states.js';
import { Table, type Column } from '../../parts/table.js';
import { Time } from '../../parts/time.js';
import { Decide, type Asked, type Decision } from './decide.js';
import { Groups } from './groups.js';

const everyMs = 5000;

interface Selection {
  readonly has: (eventId: string) => boolean;
  readonly toggle: (eventId: string) => void;
}

function columnsWith(selection: Selection | undefined): readonly Column<QuarantineItem>[] {
  const select: Column<QuarantineItem> = {
    id: 'select',
    header: 'Choose',
    headerHidden: true,
    width: '2.25rem',
    cell: ({ eventId, eventType }) =>
      eventId === null ? null : (
        <Checkbox
          aria-label={`Choose the event ${eventType ?? ''} ${eventId}`}
          checked={selection?.has(eventId) ?? false}
          onChange={() => {
            selection?.toggle(eventId);
          }}
        />
      ),
  };
  return [
    ...(selection === undefined ? [] : [select]),
    {
      id: 'event',
      header: 'Event',
      width: '15rem',
      cell: ({ eventId, eventType, batchId }) => (
        <Link
          href={eventId === null ? pageLinks.batch(batchId) : pageLinks.quarantined(eventId)}
          data-row-link=""
          className="one-line"
        >
          <bdi>{eventType ?? 'its row was deleted by hand'}</bdi>
        </Link>
      ),
    },
    { id: 'refused', header: 'Refused', width: '9.5rem', cell: (item) => <Time at={item.refusedAt} /> },
    {
      id: 'column',
      header: 'Column',
      width: '9rem',
      hide: 'phone',
      cell: (item) => <bdi className="mono one-line">{item.refusedColumn ?? ''}</bdi>,
    },
    { id: 'why', header: 'Why', hide: 'phone', cell: (item) => <Why item={item} /> },
    {
      id: 'context',
      header: 'Context',
      hide: 'narrow',
      cell: (item) => <bdi className="one-line mono muted">{item.contextPreview}</bdi>,
    },
  ];
}

function Why({ item }: { item: QuarantineItem }): ReactElement {
  return (
    <span className="one-line" title={item.errorText ?? undefined}>
      <span className="mono">{item.errorCode}</span> <bdi className="muted">{item.errorText}</bdi>
    </span>
  );
}

/** Why each was refused; release and drop, singly or all that match. */
export default function QuarantinePage(): ReactElement {
  const url = useUrlParams();
  const { params } = url;
  const mayAct = useMayAct();
  const list = useLive('listQuarantine', { query: queryOf(quarantineQuery, params) }, { everyMs });
  const filter = queryOf(quarantineGroupsQuery, params);
  const groups = useLive('readQuarantineGroups', {}, { everyMs });
  const matching = useLive('readQuarantineGroups', { query: filter }, { everyMs });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Asked>();

  // Only what is still on this page counts as chosen: nobody decides on what cannot be seen.
  const onPage = useMemo(
    () =>
      (list.data?.items ?? []).flatMap(({ eventId }) =>
        eventId !== null && chosen.has(eventId) ? [eventId] : [],
      ),
    [list.data, chosen],
  );
  const columns = useMemo(() => {
    if (!mayAct) return columnsWith(undefined);
    return columnsWith({
      has: (eventId) => chosen.has(eventId),
      toggle: (eventId) => {
        setChosen((before) => {
          const next = new Set(before);
          if (!next.delete(eventId)) next.add(eventId);
          return next;
        });
      },
    });
  }, [mayAct, chosen]);

  const total = matching.data?.total ?? 0;
  const ask = (decision: Decision) => {
    setAsked({
      decision,
      events:
        onPage.length > 0
          ? { of: 'events', eventIds: onPage }
          : { of: 'matching', ...filter, expected: total },
    });
  };

  return (
    <div className="stack">
      <PageHead title="Quarantine">
        {mayAct ? (
          <Buttons chosen={onPage.length} total={total} filtered={Object.keys(filter).length > 0} ask={ask} />
        ) : null}
      </PageHead>
      <Panel
        title="Reasons"
        flush
        aside={
          <span className="muted small number">
            {groups.data === undefined ? '' : quantityText(groups.data.total, 'event')}
          </span>
        }
      >
        <Loaded result={groups} lines={3}>
          {(answer) => <Groups groups={answer.groups} url={url} />}
        </Loaded>
      </Panel>
      <div className="panel">
        <Loaded result={list} lines={15}>
          {({ items, nextCursor }) => (
            <>
              <Table
                label="Quarantined events"
                columns={columns}
                rows={items}
                rowKey={(item) => item.batchId}
                outdated={list.isPlaceholderData}
                empty={
                  Object.keys(filter).length > 0 ? (
                    <Empty title="None is quarantined for this reason">Choose another, or all of them.</Empty>
                  ) : (
                    <Empty title="Nothing is quarantined">
                      When ClickHouse refuses an event for its data, it comes here with the reason, and all
                      others go on.
                    </Empty>
                  )
                }
              />
              <UrlPager
                url={url}
                shown={`${countText(items.length)} of ${countText(total)}, oldest first`}
                nextCursor={nextCursor}
              />
            </>
          )}
        </Loaded>
      </div>
      <Decide
        asked={asked}
        onClose={() => {
          setAsked(undefined);
        }}
        onDone={() => {
          setChosen(new Set());
        }}
      />
    </div>
  );
}

interface ButtonsProps {
  readonly chosen: number;
  readonly total: number;
  readonly filtered: boolean;
  readonly ask: (decision: Decision) => void;
}

function Buttons({ chosen, total, filtered, ask }: ButtonsProps): ReactElement {
  const which =
    chosen > 0
      ? `${countText(chosen)} chosen`
      : filtered
        ? `all ${countText(total)} that match`
        : `all ${countText(total)}`;
  const nothing = chosen === 0 && total === 0;
  return (
    <>
      <Button
        leftSection={<Icon name="release" />}
        disabled={nothing}
        onClick={() => {
          ask('release');
        }}
      >
        Release {which}
      </Button>
      <Button
        variant="default"
        leftSection={<Icon name="dropped" />}
        disabled={nothing}
        onClick={() => {
          ask('drop');
        }}
      >
        Drop {which}
      </Button>
    </>
  );
}
