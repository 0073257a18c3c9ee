import { z } from 'zod';
import { actionsAnswer, actionsQuery } from './actions.js';
import {
  batchAnswer,
  batchesAnswer,
  batchesQuery,
  batchEventsAnswer,
  batchEventsQuery,
  batchParams,
  retryBatchAnswer,
  retryBatchBody,
} from './batches.js';
import { doctorAnswer } from './doctor.js';
import {
  eventAnswer,
  eventParams,
  eventQuery,
  eventsAnswer,
  eventsQuery,
  exportQuery,
  facetsAnswer,
  facetsQuery,
  histogramAnswer,
  histogramQuery,
} from './events.js';
import { overview, seriesAnswer, seriesQuery } from './overview.js';
import {
  decisionAnswer,
  dropBody,
  quarantineAnswer,
  quarantinedAnswer,
  quarantinedParams,
  quarantineGroupsAnswer,
  quarantineGroupsQuery,
  quarantineQuery,
  releaseBody,
} from './quarantine.js';
import { runAnswer, runParams, runsAnswer, runsQuery } from './runs.js';
import { session, type Role } from './session.js';
import { runTaskBody, taskActionAnswer, taskDecisionBody, taskParams, tasksAnswer } from './tasks.js';

/** One route of the API. Its path is below `<base>/api`; `:name` is a parameter. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: `/${string}`;
  readonly role: Role;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Missing where the answer is a file: it is streamed then. */
  readonly answer?: z.ZodType;
}

const params = {
  batch: batchParams,
  event: eventParams,
  quarantined: quarantinedParams,
  task: taskParams,
  run: runParams,
};

/** Every route: the server mounts them, the client calls them, and the OpenAPI document describes them. */
export const routes = {
  readSession: {
    method: 'GET',
    path: '/session',
    role: 'viewer',
    summary: 'Who is signed in, and what this dashboard shows',
    answer: session,
  },
  readOverview: {
    method: 'GET',
    path: '/overview',
    role: 'viewer',
    summary: 'Whether events flow, and why not',
    answer: overview,
  },
  readSeries: {
    method: 'GET',
    path: '/overview/series',
    role: 'viewer',
    summary: 'Captured and delivered events and the delay of deliveries over time',
    query: seriesQuery,
    answer: seriesAnswer,
  },
  listBatches: {
    method: 'GET',
    path: '/batches',
    role: 'viewer',
    summary: 'Batches, a page at a time',
    query: batchesQuery,
    answer: batchesAnswer,
  },
  readBatch: {
    method: 'GET',
    path: '/batches/:id',
    role: 'viewer',
    summary: 'One batch with its attempts, its parent and its children',
    params: params.batch,
    answer: batchAnswer,
  },
  listBatchEvents: {
    method: 'GET',
    path: '/batches/:id/events',
    role: 'viewer',
    summary: 'The events of a batch, a page at a time',
    params: params.batch,
    query: batchEventsQuery,
    answer: batchEventsAnswer,
  },
  retryBatch: {
    method: 'POST',
    path: '/batches/:id/retry',
    role: 'operator',
    summary: 'Makes a batch that waits due at once, and asks for a run',
    params: params.batch,
    body: retryBatchBody,
    answer: retryBatchAnswer,
  },
  searchEvents: {
    method: 'GET',
    path: '/events',
    role: 'viewer',
    summary: 'Events in ClickHouse and in the outbox, newest first, a page at a time',
    query: eventsQuery,
    answer: eventsAnswer,
  },
  readHistogram: {
    method: 'GET',
    path: '/events/histogram',
    role: 'viewer',
    summary: 'How many events match, over time',
    query: histogramQuery,
    answer: histogramAnswer,
  },
  readFacets: {
    method: 'GET',
    path: '/events/facets',
    role: 'viewer',
    summary: 'The types and environments of the events in a range of time',
    query: facetsQuery,
    answer: facetsAnswer,
  },
  exportEvents: {
    method: 'GET',
    path: '/events/export',
    role: 'viewer',
    summary: 'All events that match, as NDJSON or CSV',
    query: exportQuery,
  },
  readEvent: {
    method: 'GET',
    path: '/events/:id',
    role: 'viewer',
    summary: 'One event with its context and its batch',
    params: params.event,
    query: eventQuery,
    answer: eventAnswer,
  },
  listQuarantine: {
    method: 'GET',
    path: '/quarantine',
    role: 'viewer',
    summary: 'Quarantined events, a page at a time',
    query: quarantineQuery,
    answer: quarantineAnswer,
  },
  readQuarantineGroups: {
    method: 'GET',
    path: '/quarantine/groups',
    role: 'viewer',
    summary: 'How many events of which type are quarantined for which reason',
    query: quarantineGroupsQuery,
    answer: quarantineGroupsAnswer,
  },
  readQuarantined: {
    method: 'GET',
    path: '/quarantine/:eventId',
    role: 'viewer',
    summary: 'One quarantined event with the whole reason',
    params: params.quarantined,
    answer: quarantinedAnswer,
  },
  releaseQuarantined: {
    method: 'POST',
    path: '/quarantine/release',
    role: 'operator',
    summary: 'Lets quarantined events be sent again',
    body: releaseBody,
    answer: decisionAnswer,
  },
  dropQuarantined: {
    method: 'POST',
    path: '/quarantine/drop',
    role: 'operator',
    summary: 'Gives quarantined events up for good',
    body: dropBody,
    answer: decisionAnswer,
  },
  listTasks: {
    method: 'GET',
    path: '/tasks',
    role: 'viewer',
    summary: 'The tasks, when they ran and when they are due',
    answer: tasksAnswer,
  },
  runTask: {
    method: 'POST',
    path: '/tasks/:name/run',
    role: 'operator',
    summary: 'Asks for a run now',
    params: params.task,
    body: runTaskBody,
    answer: taskActionAnswer,
  },
  pauseTask: {
    method: 'POST',
    path: '/tasks/:name/pause',
    role: 'operator',
    summary: 'Pauses a task',
    params: params.task,
    body: taskDecisionBody,
    answer: taskActionAnswer,
  },
  resumeTask: {
    method: 'POST',
    path: '/tasks/:name/resume',
    role: 'operator',
    summary: 'Lets a paused task run again',
    params: params.task,
    body: taskDecisionBody,
    answer: taskActionAnswer,
  },
  listRuns: {
    method: 'GET',
    path: '/runs',
    role: 'viewer',
    summary: 'Runs of process_events, a page at a time',
    query: runsQuery,
    answer: runsAnswer,
  },
  readRun: {
    method: 'GET',
    path: '/runs/:id',
    role: 'viewer',
    summary: 'The report of one run, and what it sent',
    params: params.run,
    answer: runAnswer,
  },
  readDoctor: {
    method: 'GET',
    path: '/doctor',
    role: 'viewer',
    summary: 'What is wrong with either database, and what to do',
    answer: doctorAnswer,
  },
  listActions: {
    method: 'GET',
    path: '/actions',
    role: 'viewer',
    summary: 'What people did, a page at a time',
    query: actionsQuery,
    answer: actionsAnswer,
  },
  readOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    role: 'viewer',
    summary: 'This description',
    answer: z.record(z.string(), z.unknown()),
  },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof routes;
