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
