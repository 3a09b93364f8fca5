// A yardstick: what one would write without reachd. The same route in the same Fastify, the same request and the same
// shape of reply, each target a net.connect on the main thread. It has no schemas, no logs and no policy, and it resets
// its sockets, all to its own advantage.
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import Fastify from 'fastify';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });

interface Result {
  readonly target: string;
  readonly ok: boolean;
  readonly outcome: string;
  readonly latencyMs: number;
  readonly address: string;
  readonly dns: null;
  readonly cause: { layer: string; code: string; message: string } | null;
  readonly attempts: readonly object[];
}

function check(target: string): Promise<Result> {
  const colon = target.lastIndexOf(':');
  const [host, port] = [target.slice(0, colon), Number(target.slice(colon + 1))];
  return new Promise((resolve) => {
    const begin = performance.now();
    const settle = (outcome: string, cause: Result['cause']): void => {
      const latencyMs = Math.round((performance.now() - begin) * 1000) / 1000;
      resolve(resultOf(target, host, outcome, latencyMs, cause));
      socket.resetAndDestroy();
    };
    const socket = connect({ host, port });
    socket.once('connect', () => settle('open', null));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? 'unknown';
      settle(code === 'ECONNREFUSED' ? 'refused' : 'failed', { layer: 'tcp', code, message: error.message });
    });
  });
}

/** Literals on purpose: this route makes far fewer requests a second when its replies are put together by spreading objects. */
function resultOf(target: string, address: string, outcome: string, latencyMs: number, cause: Result['cause']): Result {
  return {
    target,
    ok: outcome === 'open',
    outcome,
    latencyMs,
    address,
    dns: null,
    cause,
    attempts: [
      {
        address,
        family: 'ipv4',
        outcome,
        handshake: 'full',
        latencyMs,
        queuedMs: 0,
        rttMs: null,
        synRetransmits: 0,
        cause,
      },
    ],
  };
}

function makeUp(target: string): Promise<Result> {
  return Promise.resolve(resultOf(target, target.slice(0, target.lastIndexOf(':')), 'open', 0.123, null));
}

const app = Fastify({ bodyLimit: 16 * 1024 * 1024 });

app.get('/readyz', () => ({ status: 'ok' }));
async function answer(targets: readonly string[], ask: (target: string) => Promise<Result>) {
  const checkedAt = new Date().toISOString();
  const begin = performance.now();
  const results = await Promise.all(targets.map(ask));
  const durationMs = Math.round((performance.now() - begin) * 1000) / 1000;
  const outcomes: Record<string, number> = {};
  for (const { outcome } of results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const ok = outcomes['open'] ?? 0;
  const summary = { total: results.length, ok, notOk: results.length - ok, outcomes };
  return { ok: ok === results.length, checkedAt, durationMs, summary, results };
}

app.post<{ Body: { targets: string[] } }>('/check', ({ body }) => answer(body.targets, check));
// Asks nothing: what is left is what Fastify itself takes for such a request and such a reply, the ceiling for any route.
app.post<{ Body: { targets: string[] } }>('/ceiling', ({ body }) => answer(body.targets, makeUp));

await app.listen({ host: '127.0.0.1', port: Number(values.port) });
