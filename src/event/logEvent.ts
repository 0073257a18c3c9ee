/**
 * One entry of the event log, as an application hands it over.
 *
 * @example
 * const event: LogEvent = {
 *   eventType: 'order_placed',
 *   subject: 'order:4711',
 *   eventContext: { total: '129.90', currency: 'EUR' },
 * };
 */
export interface LogEvent {
  /** What happened, for example `order_placed`. 1 to 255 bytes of UTF-8. */
  readonly eventType: string;
  /** The facts of the event: any JSON value. Its text is stored as `JSON.stringify` writes it. */
  readonly eventContext: unknown;
  /** When it happened. Default: the moment of capture. 1900-01-01 to 2299-12-31 UTC, the range of ClickHouse. */
  readonly eventDateTime?: Date | undefined;
  /** Where it happened, for example `production`. Default: see {@link CaptureOptions}. 1 to 255 bytes of UTF-8. */
  readonly environment?: string | undefined;
  /** Version of the shape of `eventContext`. A whole number from 0 to 2,147,483,647. Default: 1. */
  readonly metadataVersion?: number | undefined;
  /** Whom or what it is about, for example `order:4711`. Up to 1,024 bytes of UTF-8. */
  readonly subject?: string | undefined;
  /** W3C trace context of the request that caused it: `00-<32 hex>-<16 hex>-<2 hex>`. */
  readonly traceparent?: string | undefined;
}

/** The bounds of an event. Bytes are bytes of UTF-8. */
export const eventLimits = Object.freeze({
  eventTypeBytesMax: 255,
  environmentBytesMax: 255,
  subjectBytesMax: 1_024,
  contextBytesMax: 262_144,
  contextDepthMax: 256,
  /** `DateTime64(6)` of ClickHouse holds these and nothing outside. */
  eventDateTimeMin: '1900-01-01T00:00:00.000Z',
  eventDateTimeMax: '2299-12-31T23:59:59.999Z',
  metadataVersionMax: 2_147_483_647,
});
