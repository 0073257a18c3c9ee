import type { Handler } from '../handler.js';
import type { RouteName } from '../schema/routes.js';
import { listActions } from './actions.js';
import { listBatches, readBatch, retryBatch } from './batches.js';
import { listBatchEvents } from './batchEvents.js';
import { readDoctor } from './doctor.js';
import { readFacets, readHistogram } from './eventCounts.js';
import { readEvent, searchEvents } from './events.js';
import { exportEvents } from './exportEvents.js';
import { readOpenApi } from './openApi.js';
import { readOverview } from './overview.js';
import {
  dropQuarantined,
  listQuarantine,
  readQuarantined,
  readQuarantineGroups,
  releaseQuarantined,
} from './quarantine.js';
import { listRuns, readRun } from './runs.js';
import { readSeries } from './series.js';
import { readSession } from './session.js';
import { listTasks, pauseTask, resumeTask, runTask } from './tasks.js';

/** Who answers which route. */
export const handlers: { readonly [Name in RouteName]: Handler<Name> } = {
  readSession,
  readOverview,
  readSeries,
  listBatches,
  readBatch,
  listBatchEvents,
  retryBatch,
  searchEvents,
  readHistogram,
  readFacets,
  exportEvents,
  readEvent,
  listQuarantine,
  readQuarantineGroups,
  readQuarantined,
  releaseQuarantined,
  dropQuarantined,
  listTasks,
  runTask,
  pauseTask,
  resumeTask,
  listRuns,
  readRun,
  readDoctor,
  listActions,
  readOpenApi,
};
