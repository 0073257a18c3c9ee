import type { LoggedEvent } from '../eventlog/loggedEvent.js';
import type { OutboxEvent, WaitingStatus } from '../outbox/waitingEvent.js';
import type { OutgoingEvent, Redaction } from './redaction.js';
import { contextPreviewCharsMax, type EventItem, type EventState } from './schema/events.js';

/** An event from either database, with where it is. */
export interface PlacedEvent extends OutgoingEvent {
  readonly state: EventState;
  readonly batchId: string | null;
  readonly outboxId: string | null;
}

export const stateOfStatus: Readonly<Record<WaitingStatus, EventState>> = {
  AWAITING_DELIVERY: 'awaiting',
  SENDING: 'sending',
  QUARANTINED: 'quarantined',
};

export function fromOutbox(
  { id, ...event }: OutboxEvent,
  state: EventState,
  batchId: string | null,
): PlacedEvent {
  return { ...headOf(event), state, batchId, outboxId: id };
}

export function fromEventLog({ batchId, ...event }: LoggedEvent): PlacedEvent {
  return { ...headOf(event), state: 'delivered', batchId, outboxId: null };
}

function headOf(event: OutgoingEvent): OutgoingEvent {
  const {
    eventId,
    eventType,
    eventDateTime,
    environment,
    subject,
    metadataVersion,
    traceparent,
    eventContext,
  } = event;
  return {
    eventId,
    eventType,
    eventDateTime,
    environment,
    subject,
    metadataVersion,
    traceparent,
    eventContext,
  };
}

/** An event as a list shows it. It has passed the redaction. */
export function describeItem({ eventContext, ...event }: PlacedEvent): EventItem {
  return { ...event, contextBytes: Buffer.byteLength(eventContext), contextPreview: previewOf(eventContext) };
}

/** The first characters of a text, none cut in two. */
export function previewOf(text: string): string {
  if (text.length <= contextPreviewCharsMax) return text;
  const begin = text.slice(0, contextPreviewCharsMax);
  return begin.isWellFormed() ? begin : begin.slice(0, -1);
}

export function describeItems(events: readonly PlacedEvent[], redaction: Redaction): EventItem[] {
  return events.map((event) => describeItem(redaction.event(event)));
}
