import type { Logger } from '../observe/logger.js';

/** An event as a `redact` hook sees it. */
export interface RedactableEvent {
  readonly eventId: string;
  readonly eventType: string;
  /** ISO 8601, UTC, with microseconds. */
  readonly eventDateTime: string;
  readonly environment: string;
  readonly subject: string | null;
  readonly metadataVersion: number;
  readonly traceparent: string | null;
  /** The JSON value. Numbers that JavaScript cannot hold have lost their last digits. */
  readonly eventContext: unknown;
}

/**
 * Changes an event before anybody sees it. What it returns is shown: of that the subject, the traceparent and the
 * context. It is called for every event of every list, so it should be quick. When it throws, the event is shown
 * without any of them.
 */
export type RedactHook = (event: RedactableEvent) => RedactableEvent;

/** Changes an error of ClickHouse, which may quote an event, before anybody sees it. */
export type RedactTextHook = (text: string) => string;

/** An event on its way out, with the text of its JSON. */
export interface OutgoingEvent extends Omit<RedactableEvent, 'eventContext'> {
  readonly eventContext: string;
}

const withheldContext = JSON.stringify(
  'Withheld: the redact hook failed. The log of the dashboard says why.',
);
const withheldError =
  'Withheld: it may quote an event, and there is a redact hook for events, but no redactText for errors.';
/** Findings whose sentence ends with an error. */
const quotingFindings = new Set(['BATCH_KEEPS_FAILING', 'TASK_FAILED']);

/** The one gate through which events, and errors that may quote them, leave the server. */
export class Redaction {
  readonly #redact: RedactHook | undefined;
  readonly #redactText: RedactTextHook | undefined;
  readonly #logger: Logger;

  constructor(redact: RedactHook | undefined, redactText: RedactTextHook | undefined, logger: Logger) {
    this.#redact = redact;
    this.#redactText = redactText;
    this.#logger = logger;
  }

  get isOn(): boolean {
    return this.#redact !== undefined;
  }

  event<Event extends OutgoingEvent>(event: Event): Event {
    if (this.#redact === undefined) return event;
    try {
      const redacted = this.#redact({
        eventId: event.eventId,
        eventType: event.eventType,
        eventDateTime: event.eventDateTime,
        environment: event.environment,
        subject: event.subject,
        metadataVersion: event.metadataVersion,
        traceparent: event.traceparent,
        eventContext: JSON.parse(event.eventContext) as unknown,
      });
      if (redacted instanceof Promise) throw new TypeError('redact must return the event, not a promise');
      // Without one, which JSON cannot write, nothing is shown: null.
      const eventContext = JSON.stringify(redacted.eventContext ?? null);
      const { subject, traceparent } = redacted;
      return {
        ...event,
        subject: subject ?? null,
        traceparent: traceparent ?? null,
        eventContext,
      };
    } catch (error) {
      this.#logger.error(
        { err: error, eventId: event.eventId },
        'the redact hook failed; the event is withheld',
      );
      return { ...event, subject: null, traceparent: null, eventContext: withheldContext };
    }
  }

  /** The text of an error. That of the network quotes no event; ClickHouse's errors begin with a number and may. */
  errorText(code: string | null | undefined, text: string | null): string | null {
    if (text === null || this.#redact === undefined) return text;
    if (typeof code === 'string' && !/^\d/.test(code)) return text;
    return this.#redactText === undefined ? withheldError : this.#textRedacted(text);
  }

  /** A sentence of the doctor. */
  summary(findingCode: string, summary: string): string {
    if (this.#redact === undefined || !quotingFindings.has(findingCode)) return summary;
    return this.#redactText === undefined
      ? `${summary.split(': ')[0] ?? ''}. The error is withheld: it may quote an event.`
      : this.#textRedacted(summary);
  }

  #textRedacted(text: string): string {
    try {
      return this.#redactText?.(text) ?? withheldError;
    } catch (error) {
      this.#logger.error({ err: error }, 'the redactText hook failed; the error is withheld');
      return withheldError;
    }
  }
}
