import type { WaybillOptions } from '../../../config/options.js';
import type { TaskEngine } from '../../engine.js';
import type { EngineContext } from '../engineContext.js';

/** Placeholder on this branch only. */
export function openBullmqEngine(_options: WaybillOptions, _context: EngineContext): Promise<TaskEngine> {
  return Promise.reject(new Error('not built yet'));
}
