import { lazy } from 'react';

/** Each page's code is loaded when somebody goes there. */
export const lazyPages = {
  overview: lazy(() => import('../pages/overview/overviewPage.js')),
  batches: lazy(() => import('../pages/batches/batchesPage.js')),
  batch: lazy(() => import('../pages/batches/batchPage.js')),
  events: lazy(() => import('../pages/events/eventsPage.js')),
  event: lazy(() => import('../pages/events/eventPage.js')),
  quarantine: lazy(() => import('../pages/quarantine/quarantinePage.js')),
  quarantined: lazy(() => import('../pages/quarantine/quarantinedPage.js')),
  tasks: lazy(() => import('../pages/tasks/tasksPage.js')),
  run: lazy(() => import('../pages/tasks/runPage.js')),
  doctor: lazy(() => import('../pages/doctor/doctorPage.js')),
  actions: lazy(() => import('../pages/actions/actionsPage.js')),
};
