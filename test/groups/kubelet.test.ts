// Kubelet's requests, replayed: GET, its headers, a connection each, one second. Beside them runs a batch of ten thousand.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { groupService } from '../support/group-service.ts';
import { quantile } from '../support/http-client.ts';
import { closedPort, openPort } from '../support/raw-sockets.ts';

t.setTimeout(300_000);

const KUBELET_MS = 1000;
const REQUESTS = 20;

/** Asks for one batch after the other, and says what each came to. */
const BATCHES = `
  const { parentPort, workerData: { url, ...body } } = require('node:worker_threads');
  const headers = { 'content-type': 'application/json' };
  (async () => {
    for (;;) {
      const reply = await fetch(url + '/check', { method: 'POST', body: JSON.stringify(body), headers });
      parentPort.postMessage((await reply.json()).summary.outcomes);
    }
  })();
`;

interface Probe {
  /** Null where a kubelet would have given up. */
  readonly status: number | null;
  readonly tookMs: number;
}

/** A probe as a kubelet of 1.34 sends it to `host`. */
function probe(host: string, port: number, path: string): Promise<Probe> {
  const startedAt = performance.now();
  const headers = {
    host: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    'user-agent': 'kube-probe/1.34',
    accept: '*/*',
    connection: 'close',
  };
  return new Promise((resolve) => {
    const end = (status: number | null): void => resolve({ status, tookMs: performance.now() - startedAt });
    const sent = request({ host, port, path, headers, agent: false, timeout: KUBELET_MS }, (reply) => {
      reply.resume().on('end', () => end(reply.statusCode ?? null));
    });
    sent.on('timeout', () => sent.destroy(new Error('late'))).on('error', () => end(null));
    sent.end();
  });
}

t.test('each has the right status over IPv4 and IPv6, beside a batch of ten thousand', async (t) => {
  const [open, closed] = [openPort(t), closedPort(t)].map(({ port }) => `127.0.0.1:${port}`);
  const groups = [
    { name: 'there', targets: [open], intervalMs: 500, staleAfterMs: 60_000 },
    { name: 'gone', targets: [closed], intervalMs: 500, staleAfterMs: 60_000 },
  ];
  const env = { HOST: '::', AUTH: 'none', ALLOW_CIDRS: '127.0.0.0/8' };
  const service = await groupService(t, { groups }, { env });
  const port = Number(new URL(service.url).port);
  await service.until('there', ({ state }) => state === 'up');
  await service.until('gone', ({ state }) => state === 'down');

  const url = `http://127.0.0.1:${port}`;
  const targets = Array.from({ length: 10_000 }, () => open);
  // A thread of its own: to read ten thousand results would hold up the probes that are to be measured.
  const asking = new Worker(BATCHES, { eval: true, workerData: { url, targets, timeoutMs: 10_000 } });
  const outcomes: unknown[] = [];
  asking.on('message', (found) => outcomes.push(found));
  const wanted = { '/livez': 200, '/readyz': 200, '/ready/there': 200, '/ready/gone': 503, '/ready/nobody': 404 };
  const tookMs: number[] = [];
  for (let i = 0; i < REQUESTS; i++) {
    for (const host of ['127.0.0.1', '::1']) {
      for (const [path, status] of Object.entries(wanted)) {
        const answer = await probe(host, port, path);
        // A machine that is slow may answer after a kubelet's second, never wrongly.
        if (answer.status !== null) t.equal(answer.status, status, `${path} over ${host}`);
        else t.ok(answer.tookMs >= KUBELET_MS - 5, `${path} over ${host} was late, not broken`);
        tookMs.push(answer.tookMs);
        await sleep(2);
      }
    }
  }
  while (outcomes.length === 0) await once(asking, 'message');
  await asking.terminate();
  t.ok(
    outcomes.every((found) => JSON.stringify(found) === '{"open":10000}'),
    JSON.stringify(outcomes[0]),
  );
  const [p50, p99] = [quantile(tookMs, 0.5), quantile(tookMs, 0.99)].map((ms) => ms.toFixed(1));
  t.comment(`${tookMs.length} probes beside ${outcomes.length} batches of 10,000: p50 ${p50} ms, p99 ${p99} ms`);
});
