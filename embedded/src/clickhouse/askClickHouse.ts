import { request } from 'node:http';
import { LOOPBACK } from '../process/loopbackPort.js';

/**
 * Asks one query over HTTP, on a connection of its own, and returns the answer's text.
 * @throws Error with the server's words when the status is not 200
 */
export async function askClickHouse(port: number, sql: string, timeoutMs = 2_000): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    const asking = request(
      { host: LOOPBACK, port, method: 'POST', agent: false, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`status ${String(response.statusCode)}: ${text.slice(0, 500)}`));
        });
      },
    );
    asking.once('error', reject);
    asking.end(sql);
  });
}
