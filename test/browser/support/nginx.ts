import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../support/freePort.js';
import { waitUntil } from '../../support/waitUntil.js';

/** Where Debian puts it. */
const executable = '/usr/sbin/nginx';

/** A real nginx with these locations, until the end of the test. Returns its port. */
export async function startNginx(locations: string): Promise<number> {
  if (!existsSync(executable))
    throw new Error(`There is no ${executable}. Install it: apt-get install nginx`);
  const directory = await mkdtemp(join(tmpdir(), 'waybill-nginx-'));
  const port = await freePort();
  const configuration = join(directory, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    configuration,
    `daemon off; master_process off; pid ${directory}/pid; error_log stderr;
     events {}
     http {
       access_log off;
       ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
       server { listen 127.0.0.1:${String(port)}; ${locations} }
     }`,
  );
  const nginx = spawn(executable, ['-p', directory, '-e', 'stderr', '-c', configuration], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(nginx, 'exit');
  onTestFinished(async () => {
    nginx.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true });
  });
  await waitUntil('nginx answers', async () => {
    if (nginx.exitCode !== null) throw new Error(`nginx has ended.\n${said}`);
    return fetch(`http://127.0.0.1:${String(port)}/`).then(
      () => true,
      () => false,
    );
  });
  return port;
}
