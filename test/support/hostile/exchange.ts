// One request on a connection of its own, written by hand: what a hostile caller needs and no HTTP client offers. It may
// send less than it has announced, read no further than the head of its reply, and leave at any time.
import { connect, type Socket } from 'node:net';

export interface Sending {
  readonly port: number;
  readonly host?: string;
  /** The address that it comes from. */
  readonly from?: string;
  readonly token?: string | undefined;
  readonly path?: string;
  readonly type?: string;
  readonly accept?: string;
  /** Without one it is a GET. */
  readonly body?: string | Buffer;
  /** The length that is announced, where it is not the body's. */
  readonly bytes?: number;
  /** Whether the connection is to be closed behind the reply. */
  readonly closes?: boolean;
  /** Whether a reply of 200 is read to its end. */
  readonly reads?: boolean;
}

export class Exchange {
  readonly #socket: Socket;
  /** Null until the head of the reply is there. */
  status: number | null = null;
  head = '';
  /** A write has failed: what was said may be lost. */
  isReset = false;
  #body = '';
  /** All is sent, or the connection has ended. */
  readonly sent: Promise<void>;
  /** The connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** The status is known and not 200, or the connection has ended. */
  readonly refused: Promise<void>;

  constructor(sending: Sending) {
    const { port, host = '127.0.0.1', from, body } = sending;
    this.#socket = connect({ port, host, ...(from === undefined ? {} : { localAddress: from }) });
    this.ended = new Promise((resolve) => this.#socket.on('close', () => resolve()));
    this.refused = new Promise((resolve) => {
      this.#socket.on('close', () => resolve());
      this.#socket.on('data', (chunk) => {
        this.#take(chunk.toString('latin1'), sending.reads ?? true);
        if (this.status !== null && this.status !== 200) resolve();
      });
    });
    this.#socket.on('error', () => (this.isReset = true));
    this.#socket.write(headOf(sending));
    this.sent = new Promise((resolve) => this.#socket.write(body ?? '', () => resolve()));
  }

  /** What came of the reply, without its head. */
  get text(): string {
    return /^transfer-encoding: chunked\r?$/m.test(this.head) ? unchunked(this.#body) : this.#body;
  }

  leave(): void {
    this.#socket.destroy();
  }

  #take(text: string, reads: boolean): void {
    this.#body += text;
    if (this.status !== null) return;
    const end = this.#body.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.head = this.#body.slice(0, end).toLowerCase();
    this.#body = this.#body.slice(end + 4);
    this.status = Number(/^http\/1\.1 (\d+)/.exec(this.head)?.[1]);
    if (!reads && this.status === 200) this.#socket.pause();
  }
}

/** RFC 9112, section 7.1: each chunk follows its length. What is cut off in the middle of one is left out. */
function unchunked(body: string): string {
  const chunks: string[] = [];
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.slice(at, end), 16);
    if (end < 0 || !(length > 0)) return chunks.join('');
    chunks.push(body.slice(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

function headOf({
  token,
  path = '/check',
  type = 'application/json',
  accept = '*/*',
  closes = true,
  ...sending
}: Sending): string {
  const { body, bytes } = sending;
  return [
    `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Connection: ${closes ? 'close' : 'keep-alive'}`,
    `Accept: ${accept}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    ...(body === undefined ? [] : [`Content-Type: ${type}`, `Content-Length: ${bytes ?? Buffer.byteLength(body)}`]),
    '\r\n',
  ].join('\r\n');
}
