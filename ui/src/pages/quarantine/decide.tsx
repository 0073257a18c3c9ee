import { useState, type ReactElement } from 'react';
import type { DecisionAnswer, ReleaseBody } from '#schema/quarantine.js';
import { useAction } from '../../api/useAction.js';
import { useAnnounce } from '../../parts/announce.js';
import { Confirm } from '../../parts/confirm.js';
import { countText, quantityText } from '../../parts/numberText.js';

export type Decision = 'release' | 'drop';

export interface Asked {
  readonly decision: Decision;
  readonly events: ReleaseBody['events'];
}

interface DecideProps {
  /** What somebody asked for; undefined: nothing, the dialog is closed. */
  readonly asked: Asked | undefined;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}

/** So many and more are confirmed by writing their number. */
const typeFrom = 100;

function numberOf({ events }: Asked): number {
  return events.of === 'matching' ? events.expected : events.eventIds.length;
}

/** Asks before quarantined events are sent again or given up, and says how many. */
export function Decide({ asked, onClose, onDone }: DecideProps): ReactElement {
  const release = useAction('releaseQuarantined');
  const drop = useAction('dropQuarantined');
  const announce = useAnnounce();
  // What is asked stays for the moment in which the dialog closes.
  const [last, setLast] = useState<Asked>();
  if (asked !== undefined && asked !== last) setLast(asked);
  const shown = asked ?? last;
  const dropping = shown?.decision === 'drop';
  const number = shown === undefined ? 0 : numberOf(shown);
  const events = quantityText(number, 'event');

  const decide = async (reason: string | undefined): Promise<void> => {
    if (asked === undefined) return;
    if (asked.decision === 'release') {
      const done = await release({
        body: { events: asked.events, ...(reason === undefined ? {} : { reason }) },
      });
      announce({ text: releasedText(done) });
    } else {
      const done = await drop({ body: { events: asked.events, reason: reason ?? '' } });
      announce({ text: `Dropped ${quantityText(done.events, 'event')} for good.${goneText(done)}` });
    }
    onDone?.();
  };

  return (
    <Confirm
      opened={asked !== undefined}
      title={dropping ? `Drop ${events} for good?` : `Release ${events}?`}
      action={dropping ? `Drop ${events}` : `Release ${events}`}
      dangerous={dropping}
      askReason
      reasonRequired={dropping}
      typeToConfirm={dropping && number >= typeFrom ? countText(number) : undefined}
      onConfirm={decide}
      onClose={onClose}
    >
      {dropping ? (
        <p>
          {number === 1 ? 'It is' : 'They are'} never delivered to ClickHouse, and the next cleaning deletes{' '}
          {number === 1 ? 'it' : 'them'} from the outbox. This cannot be undone.
        </p>
      ) : (
        <p>
          {number === 1 ? 'It is' : 'They are'} sent again by the next run, which is asked for now. Mend the
          table in ClickHouse first: what it refuses again comes back here.
        </p>
      )}
    </Confirm>
  );
}

function releasedText(done: DecisionAnswer): string {
  const run = done.runRequested ? ' A run was asked for.' : ' No run could be asked for: start a worker.';
  return `Released ${quantityText(done.events, 'event')}.${done.events > 0 ? run : ''}${goneText(done)}`;
}

function goneText({ notQuarantined }: DecisionAnswer): string {
  if (notQuarantined.length === 0) return '';
  return ` ${quantityText(notQuarantined.length, 'event was', 'events were')} not quarantined any more.`;
}
