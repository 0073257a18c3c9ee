import { startStorefront } from './startStorefront.js';

const databaseUrl = process.env['DATABASE_URL'];
const host = process.env['HOST'];
const port = Number(process.env['PORT'] ?? '8080');

if (databaseUrl === undefined || databaseUrl === '') {
  complain('DATABASE_URL is not set. Example: postgres://localhost:5432/shop', 2);
} else if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  complain('PORT must be a whole number from 0 to 65535.', 2);
} else {
  try {
    const storefront = await startStorefront({ databaseUrl, port, ...(host === undefined ? {} : { host }) });
    process.stdout.write(`The shop is open at ${storefront.url}\n`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void storefront.stop());
  } catch (error) {
    complain(`The shop could not be opened: ${describe(error)}`, 1);
  }
}

function complain(text: string, exitCode: number): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}

/** A refused connection comes as an AggregateError, whose own message is empty: one error for each address tried. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}
