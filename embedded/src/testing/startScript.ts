/**
 * Starts both engines, says which as one line of JSON, and waits to be stopped or killed. SIGTERM stops in order;
 * SIGINT is only said. Run by tests, as `node startScript.js <data directory, or empty for a temporary one>`.
 */
import { startEngines } from '../startEngines.js';

const dataDir = process.argv[2] ?? '';
process.on('SIGINT', () => process.stdout.write('SIGINT\n'));
const engines = await startEngines(dataDir === '' ? {} : { dataDir });
const { postgres, clickhouse } = engines;
process.once('SIGTERM', () => {
  void engines.stop();
});
process.stdout.write(`${JSON.stringify({ postgres, clickhouse })}\n`);
