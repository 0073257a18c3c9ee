import type { Socket } from 'node:net';
import type { ProxiedConnection } from './listener.js';
import type { QueuedFault } from './queuedFault.js';
import { RequestBody, type BodyPart } from './requestBody.js';
import { requestKindOf, type AnswerFault, type RequestFault, type RequestKind } from './requestFault.js';

interface Request {
  readonly body: RequestBody;
  /** Undefined: nothing goes wrong, or no more than has. */
  fault: QueuedFault<RequestFault> | undefined;
}

/** The requests of one connection to ClickHouse, one after the other, each with its fault if it has one. */
export class RequestConnection implements ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #takeFault: (kind: RequestKind) => QueuedFault<RequestFault> | undefined;
  #request: Request | undefined;
  /** What has come of a request whose kind cannot be told yet. */
  #begun = Buffer.alloc(0);
  /** Nothing of what the client sends is passed on any more. */
  #cut = false;
  /** The client is not read from until a fault lets go. */
  #held = false;
  /** Bytes of the present answer so far. */
  #answerBytes = 0;

  constructor(
    client: Socket,
    upstream: Socket,
    takeFault: (kind: RequestKind) => QueuedFault<RequestFault> | undefined,
  ) {
    this.#client = client;
    this.#upstream = upstream;
    this.#takeFault = takeFault;
    client.on('data', (chunk: Buffer) => {
      if (!this.#cut) this.#fromClient(chunk);
    });
    client.on('end', () => upstream.end());
    client.on('close', () => upstream.destroy());
    upstream.on('data', (chunk: Buffer) => {
      this.#fromServer(chunk);
    });
    upstream.on('end', () => {
      if (this.#request?.fault?.fault.kind !== 'stallAnswer') client.end();
    });
    upstream.on('close', () => {
      // An answer that is on its way there still arrives, however much of its request the client has yet to send.
      if (!client.writableEnded) client.destroy();
    });
    upstream.on('drain', () => {
      if (!this.#held) client.resume();
    });
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
  }

  #fromClient(chunk: Buffer): void {
    if (this.#request !== undefined && !this.#request.body.isWhole()) {
      this.#passOn(this.#request, chunk, 0);
      return;
    }
    this.#begun = Buffer.concat([this.#begun, chunk]);
    const headEnd = this.#begun.indexOf('\r\n\r\n') + 4;
    if (headEnd < 4) return;
    const text = this.#begun.toString('latin1', 0, headEnd + 4_096);
    const kind = requestKindOf(text);
    const body = new RequestBody(text.slice(0, headEnd));
    // An insert is known by its head alone. Of the others, the query's text is in the body.
    if (kind === 'otherRequest' && this.#begun.length === headEnd && !body.isWhole()) return;
    const first = this.#begun;
    this.#begun = Buffer.alloc(0);
    this.#answerBytes = 0;
    this.#request = { body, fault: this.#takeFault(kind) };
    this.#passOn(this.#request, first, headEnd);
  }

  #passOn(request: Request, chunk: Buffer, bodyStart: number): void {
    request.body.feed(chunk.subarray(bodyStart));
    const fault = request.fault?.fault;
    switch (fault?.kind) {
      case 'answer':
        if (fault.server === 'asked') this.#forward(chunk);
        else this.#answerEarly(request, fault);
        return;
      case 'slow':
        void this.#forwardLater(request, chunk, fault.delayMsPerChunk);
        return;
      case 'reset':
      case 'halfClose':
      case 'stall':
        this.#forwardUpTo(request, fault, chunk, bodyStart);
        return;
      case 'dropAnswer':
      case 'cutAnswer':
      case 'stallAnswer':
      case undefined:
        this.#forward(chunk);
    }
  }

  #forwardUpTo(
    request: Request,
    { kind, afterBodyBytes }: { readonly kind: 'reset' | 'halfClose' | 'stall'; afterBodyBytes: BodyPart },
    chunk: Buffer,
    bodyStart: number,
  ): void {
    const end = request.body.endOf(afterBodyBytes);
    if (end === undefined || end > request.body.length) {
      this.#forward(chunk);
      return;
    }
    const before = request.body.length - (chunk.length - bodyStart);
    const cutAt = bodyStart + Math.max(0, end - before);
    const { fault } = request;
    request.fault = undefined;
    this.#held = kind === 'stall';
    this.#cut = kind !== 'stall';
    if (this.#held) this.#client.pause();
    this.#upstream.write(chunk.subarray(0, cutAt), () => {
      if (kind === 'reset') this.reset();
      if (kind === 'halfClose') this.#upstream.end();
      fault?.reach();
    });
    if (!this.#held) return;
    void fault?.released.then(() => {
      this.#held = false;
      this.#client.resume();
      this.#forward(chunk.subarray(cutAt));
    });
  }

  async #forwardLater(request: Request, chunk: Buffer, delayMs: number): Promise<void> {
    this.#held = true;
    this.#client.pause();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    request.fault?.reach();
    this.#held = false;
    this.#client.resume();
    this.#forward(chunk);
  }

  #forward(chunk: Buffer): void {
    if (chunk.length > 0 && !this.#upstream.destroyed && !this.#upstream.write(chunk)) this.#client.pause();
  }

  #answerEarly({ body, fault: queued }: Request, fault: AnswerFault): void {
    const end = body.endOf(fault.afterBodyBytes ?? 'all');
    if (end === undefined || end > body.length) return;
    this.#cut = true; // what else of the request comes goes nowhere
    this.#answer(fault);
    queued?.reach();
  }

  #answer({ status, body, headers = {} }: AnswerFault): void {
    const fields = Object.entries({
      Connection: 'close',
      'Content-Type': 'text/plain',
      'Content-Length': String(Buffer.byteLength(body)),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#client.end(`HTTP/1.1 ${String(status)} Spoiled\r\n${fields.join('')}\r\n${body}`);
  }

  #fromServer(chunk: Buffer): void {
    if (this.#client.destroyed || this.#client.writableEnded) return;
    const queued = this.#request?.fault;
    switch (queued?.fault.kind) {
      case 'dropAnswer':
        queued.reach();
        this.reset();
        return;
      case 'cutAnswer':
        this.#cutAnswer(queued, queued.fault, chunk);
        return;
      case 'stallAnswer':
        queued.reach();
        void queued.released.then(() => this.#client.write(chunk));
        return;
      case 'answer':
        this.#cut = true;
        this.#answer(queued.fault);
        queued.reach();
        return;
      case 'reset':
      case 'halfClose':
      case 'stall':
      case 'slow':
      case undefined:
        this.#client.write(chunk);
    }
  }

  #cutAnswer(
    queued: QueuedFault<RequestFault>,
    { afterBytes, by }: { readonly afterBytes: number; readonly by: 'reset' | 'close' },
    chunk: Buffer,
  ): void {
    const left = afterBytes - this.#answerBytes;
    this.#answerBytes += chunk.length;
    if (chunk.length < left) {
      this.#client.write(chunk);
      return;
    }
    this.#cut = true;
    this.#client.write(chunk.subarray(0, Math.max(0, left)), () => {
      if (by === 'reset') this.reset();
      else this.#client.end();
      queued.reach();
    });
  }
}
