// The simplest agent: it connects with node:net, to prove the lab itself.
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { serve } from './serve.ts';

export interface Dialled {
  /** `open`, the errno's name, or `timeout`. */
  readonly outcome: string;
  readonly ms: number;
  /** What came within the wait after the handshake. */
  readonly data: string;
}

export interface DialOptions {
  readonly timeoutMs?: number;
  /** How long to stay after the handshake; default 0. */
  readonly stayMs?: number;
  /** Leave with RST instead of FIN. */
  readonly isAbrupt?: boolean;
  readonly send?: string;
}

function dial(host: string, port: number, options: DialOptions = {}): Promise<Dialled> {
  const { timeoutMs = 2000, stayMs = 0, isAbrupt = false, send = '' } = options;
  return new Promise((resolve) => {
    const start = performance.now();
    const socket = connect({ host, port });
    let ms = 0;
    let data = '';
    let outcome = 'timeout';
    const limit = setTimeout(() => socket.destroy(), timeoutMs);
    socket.on('connect', () => {
      ms = performance.now() - start;
      outcome = 'open';
      clearTimeout(limit);
      if (send !== '') socket.write(send);
      setTimeout(() => (isAbrupt ? socket.resetAndDestroy() : socket.end()), stayMs);
    });
    socket.on('data', (chunk) => (data += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (outcome = error.code ?? error.message));
    socket.on('close', () => {
      clearTimeout(limit);
      resolve({ outcome, ms: ms === 0 ? performance.now() - start : ms, data });
    });
  });
}

const methods = {
  dial,
  /** Many at once; the outcomes in order. */
  dialAll: (host: string, port: number, times: number, options?: DialOptions): Promise<Dialled[]> =>
    Promise.all(Array.from({ length: times }, () => dial(host, port, options))),
  lookup: async (name: string): Promise<string[]> => (await lookup(name, { all: true })).map(({ address }) => address),
  fail: (): never => {
    throw Object.assign(new RangeError('as asked'), { code: 'ELAB' });
  },
};
export type DialerMethods = typeof methods;

serve(methods);
