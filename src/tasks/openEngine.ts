import type { WaybillOptions } from '../config/options.js';
import type { TaskEngine } from './engine.js';
import type { EngineContext } from './engines/engineContext.js';
import { PostgresEngine } from './engines/postgresEngine.js';

/**
 * The engine that the options choose. Its library is loaded only then.
 * @throws {WaybillError} `ENGINE_NOT_INSTALLED` when that library is not there
 */
export async function openEngine(options: WaybillOptions, context: EngineContext): Promise<TaskEngine> {
  switch (options.taskEngine) {
    case 'postgres':
      return new PostgresEngine(context);
    case 'celery': {
      const { openCeleryEngine } = await import('./engines/celery/openCeleryEngine.js');
      return openCeleryEngine(options, context);
    }
    case 'bullmq': {
      const { openBullmqEngine } = await import('./engines/bullmq/openBullmqEngine.js');
      return openBullmqEngine(options, context);
    }
  }
}
