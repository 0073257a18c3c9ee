import type { Socket } from 'node:net';
import type { ProxiedConnection } from './listener.js';
import type { QueuedFault } from './queuedFault.js';
import type { StatementFault, StatementKind } from './statementFault.js';
import { StatementMessages } from './statementMessages.js';

/** The statements of one connection to Postgres, one after the other, each with its fault if it has one. */
export class StatementConnection implements ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #takeFault: (kind: StatementKind) => QueuedFault<StatementFault> | undefined;
  readonly #messages = new StatementMessages();
  #fault: QueuedFault<StatementFault> | undefined;
  /** Bytes of the present statement so far. */
  #statementBytes = 0;
  /** Bytes of the present answer so far. */
  #answerBytes = 0;
  /** Nothing is passed on to the server any more. */
  #cut = false;
  /** What the server says is passed on in order, however long each piece is kept back. */
  #answers: Promise<void> = Promise.resolve();

  constructor(
    client: Socket,
    upstream: Socket,
    takeFault: (kind: StatementKind) => QueuedFault<StatementFault> | undefined,
  ) {
    this.#client = client;
    this.#upstream = upstream;
    this.#takeFault = takeFault;
    client.on('data', (chunk: Buffer) => {
      if (!this.#cut) this.#fromClient(chunk);
    });
    client.on('end', () => upstream.end());
    client.on('close', () => upstream.destroy());
    client.on('drain', () => upstream.resume());
    upstream.on('data', (chunk: Buffer) => {
      this.#fromServer(chunk);
    });
    upstream.on('end', () => {
      void this.#answers.then(() => client.end());
    });
    upstream.on('close', () => {
      void this.#answers.then(() => client.destroy());
    });
    upstream.on('drain', () => client.resume());
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
  }

  #fromClient(chunk: Buffer): void {
    const { begins, endsAt } = this.#messages.feed(chunk);
    if (begins !== undefined) {
      this.#fault = this.#takeFault(begins);
      this.#statementBytes = 0;
      this.#answerBytes = 0;
    }
    const queued = this.#fault;
    const fault = queued?.fault;
    if (fault?.kind === 'reset' || fault?.kind === 'halfClose') this.#forwardUpTo(fault, chunk, endsAt);
    else if (queued !== undefined && fault?.kind === 'stall') this.#forwardOnRelease(queued, chunk);
    else this.#forward(chunk);
  }

  #forwardUpTo(
    fault: { readonly kind: 'reset' | 'halfClose'; readonly afterBytes: number | 'all' },
    chunk: Buffer,
    endsAt: number | undefined,
  ): void {
    const before = this.#statementBytes;
    this.#statementBytes += chunk.length;
    const cutAt = fault.afterBytes === 'all' ? endsAt : fault.afterBytes - before;
    if (cutAt === undefined || cutAt > chunk.length) {
      this.#forward(chunk);
      return;
    }
    this.#cut = true;
    const queued = this.#fault;
    this.#fault = undefined;
    this.#upstream.write(chunk.subarray(0, cutAt), () => {
      if (fault.kind === 'reset') this.reset();
      else this.#upstream.end();
      queued?.reach();
    });
  }

  #forwardOnRelease(queued: QueuedFault<StatementFault>, chunk: Buffer): void {
    this.#fault = undefined;
    this.#client.pause();
    queued.reach();
    void queued.released.then(() => {
      this.#client.resume();
      this.#forward(chunk);
    });
  }

  #forward(chunk: Buffer): void {
    if (!this.#upstream.destroyed && !this.#upstream.write(chunk)) this.#client.pause();
  }

  #fromServer(chunk: Buffer): void {
    const queued = this.#fault;
    switch (queued?.fault.kind) {
      case 'cutAnswer':
        this.#cutAnswer(queued, queued.fault, chunk);
        return;
      case 'stallAnswer':
        queued.reach();
        this.#answerAfter(chunk, queued.released);
        return;
      case 'slow': {
        const { delayMsPerChunk } = queued.fault;
        queued.reach();
        this.#upstream.pause();
        this.#answerAfter(chunk, new Promise((resolve) => setTimeout(resolve, delayMsPerChunk)));
        return;
      }
      case 'reset':
      case 'halfClose':
      case 'stall':
      case undefined:
        this.#answerAfter(chunk, Promise.resolve());
    }
  }

  #answerAfter(chunk: Buffer, moment: Promise<void>): void {
    this.#answers = this.#answers
      .then(() => moment)
      .then(() => {
        if (this.#client.destroyed || this.#client.writableEnded) return;
        if (this.#client.write(chunk)) this.#upstream.resume();
        else this.#upstream.pause();
      });
  }

  #cutAnswer(
    queued: QueuedFault<StatementFault>,
    { afterBytes, by }: { readonly afterBytes: number; readonly by: 'reset' | 'close' },
    chunk: Buffer,
  ): void {
    if (queued.wasReached()) return;
    const left = afterBytes - this.#answerBytes;
    this.#answerBytes += chunk.length;
    if (chunk.length < left) {
      this.#answerAfter(chunk, Promise.resolve());
      return;
    }
    this.#cut = true;
    queued.reach();
    this.#answers = this.#answers.then(() => {
      this.#client.write(chunk.subarray(0, left), () => {
        if (by === 'reset') this.reset();
        else this.#client.end();
      });
    });
  }
}
