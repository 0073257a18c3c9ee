import { z } from 'zod';

/**
 * A page of the dashboard, without its base path, such as `/batches?status=SENDING`: what a sentence about something
 * wrong links to. A page takes the same parameters as the list of the API that it shows.
 */
export const pageLink = z.string().regex(/^\/(?!\/)/);

/** The pages. `:id` stands for the id of what is shown. */
export const pagePaths = {
  overview: '/',
  batches: '/batches',
  batch: '/batches/:id',
  events: '/events',
  event: '/events/:id',
  quarantine: '/quarantine',
  quarantined: '/quarantine/:eventId',
  tasks: '/tasks',
  run: '/runs/:id',
  doctor: '/doctor',
  actions: '/actions',
} as const;
