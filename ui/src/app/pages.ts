import { pagePaths } from '#schema/pages.js';
import type { IconName } from '../parts/icon.js';

export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  /** Pressed after `g`. */
  readonly key: string;
}

/** The pages of the navigation, in its order. */
export const pageEntries: readonly PageEntry[] = [
  { path: pagePaths.overview, title: 'Overview', icon: 'overview', key: 'o' },
  { path: pagePaths.batches, title: 'Batches', icon: 'batches', key: 'b' },
  { path: pagePaths.events, title: 'Events', icon: 'events', key: 'e' },
  { path: pagePaths.quarantine, title: 'Quarantine', icon: 'quarantine', key: 'q' },
  { path: pagePaths.tasks, title: 'Tasks and runs', icon: 'tasks', key: 't' },
  { path: pagePaths.doctor, title: 'Doctor', icon: 'doctor', key: 'd' },
  { path: pagePaths.actions, title: 'Actions', icon: 'actions', key: 'a' },
];

export const pageLinks = {
  batch: (id: string): string => `/batches/${id}`,
  run: (id: string): string => `/runs/${id}`,
  quarantined: (eventId: string): string => `/quarantine/${eventId}`,
};

/** Whether the path is that page or one below it. A run belongs to the tasks. */
export function isWithin(path: string, page: PageEntry): boolean {
  if (page.path === '/') return path === '/';
  return (
    path === page.path ||
    path.startsWith(`${page.path}/`) ||
    (page.path === '/tasks' && path.startsWith('/runs/'))
  );
}
