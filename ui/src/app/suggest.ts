import { pageWith } from './url.js';
import { pageEntries, pageLinks } from './pages.js';
import type { IconName } from '../parts/icon.js';

export interface Suggestion {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly icon: IconName;
  readonly to: string;
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const traceId = /^[\da-f]{32}$/i;
const traceparent = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/i;
const keyValue = /^[\w.\\-]+:.+$/s;
const searchTextMax = 1024;

/** What somebody may mean who wrote this: an id, a trace, a `key:value`, a page, or a text in some event. */
export function suggest(written: string): readonly Suggestion[] {
  const text = written.trim().slice(0, searchTextMax);
  const lower = text.toLowerCase();
  const pages: Suggestion[] = pageEntries
    .filter(({ title }) => title.toLowerCase().includes(lower))
    .map(({ path, title, icon, key }) => ({ id: `page-${path}`, title, hint: `g ${key}`, icon, to: path }));
  if (text === '') return pages;

  const meant: Suggestion[] = [];
  if (uuid.test(text)) {
    meant.push(
      { id: 'event', title: `Event ${lower}`, hint: 'open', icon: 'events', to: `/events/${lower}` },
      { id: 'batch', title: `Batch ${lower}`, hint: 'open', icon: 'batches', to: pageLinks.batch(lower) },
      { id: 'run', title: `Run ${lower}`, hint: 'open', icon: 'tasks', to: pageLinks.run(lower) },
    );
    return meant;
  }
  const trace = traceId.test(text) ? lower : traceparent.exec(lower)?.[1];
  if (trace !== undefined) {
    const to = pageWith('/events', { trace, last: '7d' });
    meant.push({ id: 'trace', title: `Events of trace ${trace}`, hint: 'last 7 days', icon: 'search', to });
  }
  if (keyValue.test(text)) {
    const to = pageWith('/events', { key: text });
    meant.push({ id: 'key', title: `Events with ${text}`, hint: 'key:value', icon: 'search', to });
  }
  for (const [id, title, hint] of [
    ['text', `Events that contain “${text}”`, 'last 24 hours'],
    ['subject', `Events of subject “${text}”`, 'subject'],
    ['type', `Events of type “${text}”`, 'type'],
  ] as const) {
    meant.push({ id, title, hint, icon: 'search', to: pageWith('/events', { [id]: text }) });
  }
  return [...pages, ...meant];
}
