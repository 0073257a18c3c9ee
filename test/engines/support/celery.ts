import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Debian's own, for which its package celery is: another Python may come first on the path. */
const python = '/usr/bin/python3';
const example = fileURLToPath(new URL('../../../examples/celery', import.meta.url));
const clientScript = fileURLToPath(new URL('celeryClient.py', import.meta.url));
const missing = 'These tests need Celery for /usr/bin/python3. Install it: apt-get install celery';
/** Of one answer, a result that is waited for included. */
const answerMsMax = 90_000;

/** The variables that examples/celery/celeryconfig.py reads. */
export type CeleryEnvironment = Readonly<Record<string, string>>;

export interface PythonProcess {
  readonly process: ChildProcess;
  /** Everything it wrote. */
  output(): string;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export function startPython(
  args: readonly string[],
  environment: CeleryEnvironment,
  directory = example,
): PythonProcess {
  const child = spawn(python, args, {
    cwd: directory,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: tmpdir(),
      PYTHONPATH: example,
      PYTHONDONTWRITEBYTECODE: '1',
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += `${String(error)}\n${missing}`;
      resolve();
    });
    child.once('close', () => {
      process.off('exit', killWithUs);
      resolve();
    });
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-200_000)));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await closed;
  };
  return { process: child, output: () => output, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** Runs a script to its end and returns what it wrote. @throws when it fails */
export async function runPython(
  args: readonly string[],
  environment: CeleryEnvironment = {},
): Promise<string> {
  const python3 = startPython(args, environment);
  const [exitCode] = (await once(python3.process, 'close')) as [number | null];
  if (exitCode !== 0)
    throw new Error(`It ended with exit code ${String(exitCode)}.\n${explain(python3.output())}`);
  return python3.output();
}

/** A real Celery Beat with the schedule of examples/celery, which it keeps in a directory of its own. */
export async function startBeat(environment: CeleryEnvironment): Promise<PythonProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-beat-'));
  const args = ['-m', 'celery', '--config', 'celeryconfig', 'beat', '--loglevel', 'info'];
  const beat = startPython(
    [...args, '--schedule', join(directory, 'schedule'), '--pidfile', ''],
    environment,
  );
  beat.process.once('close', () => void rm(directory, { recursive: true, force: true }));
  return beat;
}

export interface SendOptions {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  /** Of `send_task`: queue, expires, countdown, serializer, compression, task_id, link, … */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface CeleryResult {
  readonly state: string;
  readonly value?: unknown;
  readonly done_at?: string | undefined;
  /** The class of what `get()` raised. */
  readonly raised?: string | undefined;
  readonly text?: string | undefined;
}

/** A real Celery client. */
export interface CeleryClient {
  /** @returns the id of the task */
  send(task: string, options?: SendOptions): Promise<string>;
  /** `AsyncResult.get()`; state `TIMEOUT` when it does not come in time. */
  get(id: string, timeoutSeconds?: number): Promise<CeleryResult>;
  state(id: string): Promise<string>;
  close(): Promise<void>;
}

export function startCeleryClient(environment: CeleryEnvironment): CeleryClient {
  const client = startPython([clientScript], environment);
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let ordered = 0;
  let rest = '';
  client.process.stdout?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = JSON.parse(line) as Answer; // as celeryClient.py writes it
      waiting.get(answer.order)?.resolve(answer);
    }
  });
  client.process.once('close', () => {
    for (const { reject } of waiting.values())
      reject(new Error(`The Celery client has ended.\n${explain(client.output())}`));
  });

  async function ask(order: object): Promise<Answer> {
    ordered += 1;
    const number = ordered;
    const answered = new Promise<Answer>((resolve, reject) => {
      waiting.set(number, { resolve, reject });
      setTimeout(() => {
        reject(new Error(`The Celery client did not answer.\n${client.output()}`));
      }, answerMsMax).unref();
    });
    client.process.stdin?.write(`${JSON.stringify({ ...order, order: number })}\n`);
    const answer = await answered.finally(() => waiting.delete(number));
    if (answer.error !== undefined) throw new Error(`The Celery client says: ${answer.error}`);
    return answer;
  }

  return {
    send: async (task, options = {}) => String((await ask({ do: 'send', task, ...options })).id),
    async get(id, timeout = 60) {
      const { state = '', value, done_at, raised, text } = await ask({ do: 'get', id, timeout });
      return { state, value, done_at, raised, text };
    },
    state: async (id) => String((await ask({ do: 'state', id })).state),
    close: () => client.kill(),
  };
}

interface Answer extends Partial<CeleryResult> {
  readonly order: number;
  readonly id?: string;
  readonly error?: string;
}

function explain(output: string): string {
  return output.includes('No module named') ? `${missing}\n${output}` : output;
}
