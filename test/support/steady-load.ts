// Callers that ask again and again on connections they keep, and that know of each request what became of it: answered in
// full, or lost. wrk(1) counts errors, but cannot tell a lost answer from a request that was never taken.
import { connect, type Socket } from 'node:net';

export interface Fate {
  /** Monotonic milliseconds: the first byte was sent; the last byte came, or the connection went. */
  readonly sentAt: number;
  readonly endedAt: number;
  /** `answered` in full; `refused`: no connection; `lost`: the connection ended without a byte; `torn`: amid the answer. */
  readonly fate: 'answered' | 'refused' | 'lost' | 'torn';
  readonly status: number;
  /** The answer said that the connection ends with it. */
  readonly closing: boolean;
  readonly body: string;
}

/** `connections` callers that ask until `stop`; each waits for its answer before it asks again. */
export class SteadyLoad {
  readonly fates: Fate[] = [];
  readonly #url: URL;
  readonly #request: string;
  readonly #callers: Promise<void>[];
  #stopped = false;

  constructor(url: string, body: object, connections: number) {
    this.#url = new URL('/check', url);
    const text = JSON.stringify(body);
    const head = `POST /check HTTP/1.1\r\nHost: ${this.#url.host}\r\nContent-Type: application/json`;
    this.#request = `${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
    this.#callers = Array.from({ length: connections }, () => this.#call());
  }

  /** Resolves when the last answer is there. Callers also stop by themselves where nobody listens any more. */
  async stop(): Promise<readonly Fate[]> {
    this.#stopped = true;
    await this.ended();
    return this.fates;
  }

  async ended(): Promise<void> {
    await Promise.all(this.#callers);
  }

  async #call(): Promise<void> {
    let socket: Socket | null = null;
    while (!this.#stopped) {
      socket ??= connect(Number(this.#url.port), this.#url.hostname).setNoDelay();
      const fate = await this.#ask(socket);
      this.fates.push(fate);
      if (fate.fate === 'refused') return;
      if (fate.fate !== 'answered' || fate.closing) {
        socket.destroy();
        socket = null;
      }
    }
    socket?.destroy();
  }

  #ask(socket: Socket): Promise<Fate> {
    return new Promise((resolve) => {
      const sentAt = performance.now();
      let received = '';
      let code = '';
      const settle = (fate: Fate['fate']): void => {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        const status = Number(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1] ?? 0);
        const closing = /\r\nconnection: close\r\n/i.test(received);
        const body = received.slice(received.indexOf('\r\n\r\n') + 4);
        resolve({ sentAt, endedAt: performance.now(), fate, status, closing, body });
      };
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        received += chunk;
        if (isComplete(received)) settle('answered');
      });
      socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
      socket.on('close', () => settle(code === 'ECONNREFUSED' ? 'refused' : received === '' ? 'lost' : 'torn'));
      socket.write(this.#request);
    });
  }
}

function isComplete(received: string): boolean {
  const head = received.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, head));
  return received.length >= head + 4 + Number(length?.[1] ?? Infinity);
}
