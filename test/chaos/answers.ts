import type { RequestFault } from '../support/proxy.js';

type NamedAnswer = Extract<RequestFault, { kind: 'answer' }> & { readonly name: string };

/** What a gateway between the worker and ClickHouse answers in its place. */
export const gatewayAnswers: readonly NamedAnswer[] = [
  [500, 'Internal Server Error'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [429, 'Too Many Requests'],
].map(([status, text]) => ({
  kind: 'answer',
  name: `answered ${String(status)} with a page`,
  status: Number(status),
  body: `<html><head><title>${String(text)}</title></head><body><h1>${String(text)}</h1></body></html>`,
  headers: { 'Content-Type': 'text/html', 'Retry-After': '1' },
}));

const exception =
  'Code: 241. DB::Exception: (total) memory limit exceeded: would use 7.00 GiB. (MEMORY_LIMIT_EXCEEDED)\n';

/** As ClickHouse answers when it fails after it has sent its status. */
export const exceptionAnswers: readonly NamedAnswer[] = [
  {
    kind: 'answer',
    name: 'answered 200 with an exception in it',
    status: 200,
    body: exception,
  },
  {
    kind: 'answer',
    name: 'answered 200 with an exception in it and its code in a header',
    status: 200,
    body: exception,
    headers: { 'X-ClickHouse-Exception-Code': '241' },
  },
];

/** Not an answer of ClickHouse to any query that has a result, and yet nothing in it says so. */
export const emptyAnswer: NamedAnswer = {
  kind: 'answer',
  name: 'answered 200 with nothing in it',
  status: 200,
  body: '',
};
