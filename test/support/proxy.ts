import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** How much of an insert's body: bytes as they travel, the chunk lengths of HTTP among them; `all` is its end. */
export type BodyPart = number | 'all';

/** What goes wrong with one INSERT on its way through the proxy. */
export type InsertFault =
  /** Passes on so much of the body, then resets both sides. */
  | { readonly kind: 'reset'; readonly afterBodyBytes: BodyPart }
  /** Passes on so much of the body, then closes the way to the server, and lets its answer through. */
  | { readonly kind: 'halfClose'; readonly afterBodyBytes: BodyPart }
  /** Passes on so much of the body, then nothing more of it until it is released. */
  | { readonly kind: 'stall'; readonly afterBodyBytes: BodyPart }
  /** Passes on all of it, waits until the server answers, and resets the client instead of telling it. */
  | { readonly kind: 'dropAnswer' }
  /** Passes on all of it, and keeps the server's answer back until it is released. */
  | { readonly kind: 'stallAnswer' }
  /** Answers by itself once it has the whole request; the server sees nothing of it. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** Waits before it passes on each piece. */
  | { readonly kind: 'slow'; readonly delayMsPerChunk: number };

/** A fault that is set for an insert to come. */
export interface PendingFault {
  /** Resolves when it has come to pass: so many bytes are through, or the server has answered. */
  readonly reached: Promise<void>;
  /** Lets a stalled insert go on. */
  release(): void;
}

/** A TCP proxy in front of ClickHouse's HTTP interface, which knows an insert when it sees one and can spoil it. */
export interface Proxy {
  readonly url: string;
  /** Inserts that have begun to pass. */
  insertsSeen(): number;
  /** Spoils the next insert that no earlier call has taken. Everything else passes untouched. */
  spoilNextInsert(fault: InsertFault): PendingFault;
  /** Resets every connection and refuses new ones. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(targetUrl: string): Promise<Proxy> {
  const target = new URL(targetUrl);
  const faults: QueuedFault[] = [];
  const connections = new Set<ProxiedConnection>();
  let inserts = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true });
    const connection = new ProxiedConnection(client, upstream, () => {
      inserts += 1;
      return faults.shift();
    });
    connections.add(connection);
    client.once('close', () => connections.delete(connection));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const stopListening = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const connection of connections) connection.reset();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo; // as a server that listens on TCP has it

  return {
    url: `http://127.0.0.1:${String(port)}`,
    insertsSeen: () => inserts,
    spoilNextInsert(fault) {
      const queued = new QueuedFault(fault);
      faults.push(queued);
      return queued;
    },
    refuse: stopListening,
    accept: () => listen(port),
    async close() {
      if (server.listening) await stopListening();
    },
  };
}

class QueuedFault implements PendingFault {
  readonly fault: InsertFault;
  readonly reached: Promise<void>;
  readonly released: Promise<void>;
  reach = (): void => undefined;
  release = (): void => undefined;

  constructor(fault: InsertFault) {
    this.fault = fault;
    this.reached = new Promise((resolve) => {
      this.reach = resolve;
    });
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }
}

/** The way there and back of one client, with the fault of the insert that is on it. */
class ProxiedConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #takeFault: () => QueuedFault | undefined;
  #queued: QueuedFault | undefined;
  /** Bytes of the present insert's body so far. */
  #bodyBytes = 0;
  /** Nothing of what the client sends is passed on any more. */
  #cut = false;
  /** The client is not read from until a fault lets go. */
  #held = false;

  constructor(client: Socket, upstream: Socket, takeFault: () => QueuedFault | undefined) {
    this.#client = client;
    this.#upstream = upstream;
    this.#takeFault = takeFault;
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // 'close' follows
    }
    client.on('data', (chunk: Buffer) => {
      this.#fromClient(chunk);
    });
    client.on('end', () => upstream.end());
    client.on('close', () => upstream.destroy());
    upstream.on('data', (chunk: Buffer) => {
      this.#fromServer(chunk);
    });
    upstream.on('end', () => client.end());
    upstream.on('close', () => client.destroy());
    upstream.on('drain', () => {
      if (!this.#held) client.resume();
    });
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
  }

  #fromClient(chunk: Buffer): void {
    const bodyStart = this.#noteRequest(chunk);
    if (this.#cut) return;
    const fault = this.#queued?.fault;
    switch (fault?.kind) {
      case 'answer':
        if (endsBody(chunk)) this.#answer(fault.status, fault.body);
        return;
      case 'slow':
        void this.#forwardLater(chunk, fault.delayMsPerChunk);
        return;
      case 'reset':
      case 'halfClose':
      case 'stall':
        this.#forwardUpTo(fault, chunk, bodyStart);
        return;
      case 'dropAnswer':
      case 'stallAnswer':
      case undefined:
        this.#forward(chunk);
    }
  }

  /** Sees where a request begins, and takes up the fault of an insert. Returns where in the chunk its body begins. */
  #noteRequest(chunk: Buffer): number {
    if (!/^(?:POST|GET) /.test(chunk.toString('latin1', 0, 5))) return 0;
    const isInsert = /^POST \S*[?&]query=INSERT/.test(chunk.toString('latin1', 0, 4_096));
    this.#queued = isInsert ? this.#takeFault() : undefined;
    this.#bodyBytes = 0;
    const headEnd = chunk.indexOf('\r\n\r\n');
    return headEnd < 0 ? chunk.length : headEnd + 4;
  }

  #forwardUpTo(fault: { kind: string; afterBodyBytes: BodyPart }, chunk: Buffer, bodyStart: number): void {
    const before = this.#bodyBytes;
    this.#bodyBytes += chunk.length - bodyStart;
    const isThere =
      fault.afterBodyBytes === 'all' ? endsBody(chunk) : this.#bodyBytes >= fault.afterBodyBytes;
    if (!isThere) {
      this.#forward(chunk);
      return;
    }
    const cutAt = fault.afterBodyBytes === 'all' ? chunk.length : bodyStart + fault.afterBodyBytes - before;
    const queued = this.#queued;
    this.#queued = undefined;
    this.#held = fault.kind === 'stall';
    this.#cut = fault.kind !== 'stall';
    if (this.#held) this.#client.pause();
    this.#upstream.write(chunk.subarray(0, cutAt), () => {
      if (fault.kind === 'reset') this.reset();
      if (fault.kind === 'halfClose') this.#upstream.end();
      queued?.reach();
    });
    if (!this.#held) return;
    void queued?.released.then(() => {
      this.#held = false;
      this.#client.resume();
      this.#forward(chunk.subarray(cutAt));
    });
  }

  async #forwardLater(chunk: Buffer, delayMs: number): Promise<void> {
    this.#held = true;
    this.#client.pause();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    this.#queued?.reach();
    this.#held = false;
    this.#client.resume();
    this.#forward(chunk);
  }

  #forward(chunk: Buffer): void {
    if (chunk.length > 0 && !this.#upstream.write(chunk)) this.#client.pause();
  }

  #answer(status: number, body: string): void {
    this.#client.end(
      `HTTP/1.1 ${String(status)} Spoiled\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
        `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
    );
    this.#queued?.reach();
  }

  #fromServer(chunk: Buffer): void {
    const queued = this.#queued;
    if (queued?.fault.kind === 'dropAnswer') {
      queued.reach();
      this.reset();
    } else if (queued?.fault.kind === 'stallAnswer') {
      queued.reach();
      void queued.released.then(() => this.#client.write(chunk));
    } else {
      this.#client.write(chunk);
    }
  }
}

/** Our client sends bodies of unknown length, which end in an empty chunk. */
function endsBody(chunk: Buffer): boolean {
  return chunk.subarray(-5).toString('latin1') === '0\r\n\r\n';
}
