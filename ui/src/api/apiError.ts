/** What the server refused or could not do. Its text says what to do; it is shown as it is. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly title: string;
  /** Stable, to be compared with. */
  readonly code: string | undefined;

  constructor(status: number, title: string, detail: string, code: string | undefined) {
    super(detail);
    this.status = status;
    this.title = title;
    this.code = code;
  }
}
