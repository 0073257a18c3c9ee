/**
 * The one base class of every error Waybill throws.
 *
 * `code` is stable and meant for programs; `message` is meant for people and says what happened, what is safe,
 * and what to do next. The original error, where there is one, is kept as `cause`.
 */
export class WaybillError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** What an error says. Connecting to a name with several addresses fails with one error for each, and says nothing itself. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : error.name;
}
