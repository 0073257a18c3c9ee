import { connect } from 'node:net';
import { LOOPBACK } from '../process/loopbackPort.js';

const PROTOCOL_VERSION_3 = 196_608;
const ANSWER_BYTES_MAX = 64 * 1024;

/**
 * Connects as superuser, asks one query and returns the columns of its first row: the smallest client that proves
 * that a server answers. Speaks the simple query protocol, as described in "Message Flow" of Postgres's manual.
 * @throws Error with the server's words, such as "the database system is starting up"
 */
export async function askPostgres(port: number, sql: string, timeoutMs = 2_000): Promise<string[]> {
  return await new Promise<string[]>((resolve, reject) => {
    const socket = connect({ host: LOOPBACK, port });
    let received = Buffer.alloc(0);
    let row: string[] = [];
    let asked = false;

    const finish = (error?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      if (error === undefined) resolve(row);
      else reject(error);
    };
    const timer = setTimeout(() => {
      finish(new Error(`no answer within ${String(timeoutMs)} ms`));
    }, timeoutMs);

    socket.once('error', finish);
    socket.once('close', () => {
      finish(new Error('the connection was closed'));
    });
    socket.once('connect', () => {
      socket.write(startupMessage({ user: 'postgres', database: 'postgres' }));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > ANSWER_BYTES_MAX) {
        finish(new Error('the answer is too long'));
        return;
      }
      while (received.length >= 5) {
        const length = 1 + received.readUInt32BE(1);
        if (received.length < length) return;
        const type = String.fromCharCode(received.readUInt8(0));
        const body = received.subarray(5, length);
        received = received.subarray(length);
        if (type === 'E') {
          finish(new Error(errorText(body)));
          return;
        }
        if (type === 'R' && body.readUInt32BE(0) !== 0) {
          finish(new Error('the server asks for a password'));
          return;
        }
        if (type === 'D') row = columns(body);
        if (type === 'Z') {
          if (asked) {
            finish();
            return;
          }
          asked = true;
          socket.write(message('Q', `${sql}\0`));
        }
      }
    });
  });
}

function startupMessage(parameters: Record<string, string>): Buffer {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.writeUInt32BE(PROTOCOL_VERSION_3, 4);
  return Buffer.concat([head, body]);
}

function message(type: string, text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** The values of a DataRow: a count, then each as length and bytes; length -1 is null, given as ''. */
function columns(body: Buffer): string[] {
  const values: string[] = [];
  let offset = 2;
  for (let remaining = body.readUInt16BE(0); remaining > 0; remaining--) {
    const length = Math.max(0, body.readInt32BE(offset));
    values.push(body.toString('utf8', offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return values;
}

/** The M field of an ErrorResponse, whose fields are a letter and a text ended by a zero byte. */
function errorText(body: Buffer): string {
  const fields = body.toString('utf8').split('\0');
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'unknown error';
}
