import type { Answer } from './clickhouseStandIn.js';
import type { Surroundings } from './surroundings.js';
import type { WorkerProcess } from './workerProcess.js';

/** What the other end of a wire is like. */
export interface Server {
  readonly name: string;
  readonly timeoutMs: number;
  readonly isDown: () => boolean;
  readonly errors: {
    readonly refusedConnection: Error;
    readonly reset: Error;
    readonly timeout: Error;
    readonly aborted: Error;
  };
  /** What it answers when it does not do its work now. */
  readonly unavailable: () => Error;
}

/** Does at the server what was asked, and replies, at once or later. */
export type Serve<Value> = (reply: (answer: Answer<Value>) => void) => void;

/** The way of one worker's calls to one server, and everything that can happen to a call there. */
export class Wire {
  readonly process: WorkerProcess;
  readonly server: Server;
  readonly surroundings: Surroundings;

  constructor(process: WorkerProcess, server: Server, surroundings: Surroundings) {
    this.process = process;
    this.server = server;
    this.surroundings = surroundings;
  }

  /** Asks the server. The promise of a worker that has died never settles. */
  call<Value>(name: string, serve: Serve<Value>, signal?: AbortSignal): Promise<Value> {
    return this.exchange(name, signal, (answer) => {
      this.#send(name, serve, answer);
    });
  }

  /** One request with one answer: the first of what the server says, the timeout, and the signal. */
  exchange<Value>(
    name: string,
    signal: AbortSignal | undefined,
    send: (answer: (answer: Answer<Value>) => void, isOver: () => boolean) => void,
  ): Promise<Value> {
    const { process, server, surroundings } = this;
    return new Promise((resolve, reject) => {
      let over = false;
      const settle = (answer: Answer<Value>): void => {
        if (over) return;
        over = true;
        cancelTimeout();
        signal?.removeEventListener('abort', abort);
        process.receive(() => {
          if ('value' in answer) resolve(answer.value);
          else reject(errorOf(answer.error));
        });
      };
      const cancelTimeout = surroundings.time.after(server.timeoutMs, () => {
        if (!over) surroundings.journal.record('fault: no answer in time', process.name, name);
        settle({ error: server.errors.timeout });
      });
      const abort = (): void => {
        settle({ error: server.errors.aborted });
      };
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#stumble(name);
      process.receive(() => {
        if (!over) send(settle, () => over);
      });
    });
  }

  /** Records a fault of a call. */
  fault(kind: string, call: string): void {
    this.surroundings.journal.record(`fault: ${kind}`, this.process.name, call);
  }

  /** How long something takes on its way: mostly little, sometimes longer than anybody waits. */
  latencyMs(): number {
    const { choices } = this.surroundings;
    const speed = choices.among(100);
    if (speed < 75) return 1 + choices.among(8);
    if (speed < 95) return 5 + choices.among(120);
    return 100 + choices.among(1_200);
  }

  /** Something arrives at the server after so many milliseconds, whatever becomes of its sender. */
  arrive(durationMs: number, happen: () => void): void {
    const { time, underWay } = this.surroundings;
    underWay.count += 1;
    time.after(durationMs, () => {
      underWay.count -= 1;
      happen();
    });
  }

  #send<Value>(name: string, serve: Serve<Value>, answer: (answer: Answer<Value>) => void): void {
    const { server, surroundings } = this;
    const { choices, circumstances, journal } = surroundings;
    const fault = choices.chance(circumstances.callFaultsPerMille) ? choices.among(4) : undefined;
    const reset = (afterMs: number): void => {
      // Half of what gets lost gets lost silently: then only the timeout tells.
      if (choices.among(2) === 1)
        surroundings.time.after(afterMs, () => {
          answer({ error: server.errors.reset });
        });
    };
    if (fault === 0) {
      this.fault('request lost', name);
      reset(this.latencyMs());
      return;
    }
    const heldUpMs = fault === 3 ? choices.among(6_000) : 0;
    if (fault === 3) this.fault('request held up', name);
    this.arrive(this.latencyMs() + heldUpMs, () => {
      if (server.isDown()) {
        surroundings.time.after(1, () => {
          answer({ error: server.errors.refusedConnection });
        });
      } else if (fault === 1) {
        this.fault('server unavailable', name);
        surroundings.time.after(1, () => {
          answer({ error: server.unavailable() });
        });
      } else {
        serve((served) => {
          if (journal.isWritten)
            journal.note(server.name, `${this.process.name}: ${name} →`, describe(served));
          if (fault !== 2) {
            surroundings.time.after(this.latencyMs(), () => {
              answer(served);
            });
            return;
          }
          this.fault('answer lost', name);
          reset(this.latencyMs());
        });
      }
    });
  }

  /** The worker is killed, or stopped for a while, just before it sends. */
  #stumble(name: string): void {
    const { choices, circumstances, journal } = this.surroundings;
    if (!this.process.isAlive || !choices.chance(circumstances.stumblesPerMille)) return;
    journal.note(this.process.name, 'is about to send', name);
    if (choices.among(3) === 0) this.process.kill();
    else this.process.stopFor(200 + choices.among(4_000));
  }
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function describe(answer: Answer<unknown>): string {
  if ('error' in answer) return errorOf(answer.error).message;
  const { value } = answer;
  if (value instanceof Object && 'rows' in value) return 'rows';
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
