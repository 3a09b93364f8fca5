// The worker is lost while connections are handed over to the main thread, and handshakes are under way.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { CheckReply } from '../../src/check/result.ts';
import { builtScript } from '../support/built-service.ts';
import { Authority } from '../support/certificates.ts';
import { Fault, faultTest } from '../support/faults.ts';
import { ask, askCheck } from '../support/http-client.ts';
import { assertBackIn, descriptorsOf, reactorThread } from '../support/process-witness.ts';
import { Service } from '../support/service.ts';
import { tlsTarget } from '../support/tls-targets.ts';

t.setTimeout(300_000);

const BATCHES = 5;
const TARGETS = 1000;

faultTest('a worker that is lost amid 5000 TLS checks: one result each, and no descriptor is left', async (t) => {
  const root = Authority.root(t);
  const target = await tlsTarget(t, root.issue('valid'));
  const service = new Service(t, { script: builtScript(), env: { TLS_CA_FILE: root.file } });
  const url = await service.listening();
  const pid = service.child.pid ?? 0;
  const name = `127.0.0.1:${target.port}`;
  await askCheck(url, { targets: [name], tls: {} });
  await sleep(1500); // Idle sockets are closed a second after the last work.
  const baseline = descriptorsOf(pid);
  const thread = await reactorThread(pid);

  const targets = Array.from({ length: TARGETS }, () => name);
  const body = { targets, tls: {}, timeoutMs: 30_000 };
  const asked = Array.from({ length: BATCHES }, () => ask(`${url}/check`, body));
  while (target.ends.length < TARGETS / 10) await sleep(5);
  const fault = await Fault.begin(t, { thread, inject: { epoll_wait: 'error=EBADF' } });
  while (!service.log.some(({ level }) => level === 'warn')) await sleep(5);
  t.ok((await fault.end()) > 100, 'the wait failed');

  const outcomes: Record<string, number> = {};
  for (const { status, text } of await Promise.all(asked)) {
    const { results } = JSON.parse(text) as CheckReply;
    t.equal(status, 200);
    t.equal(results.length, TARGETS, 'one result for each target');
    for (const { outcome, tls, cause } of results) {
      const what = outcome === 'open' ? `open, ${tls?.outcome ?? 'without a handshake'}` : `${outcome}, ${cause?.code}`;
      outcomes[what] = (outcomes[what] ?? 0) + 1;
    }
  }
  t.comment(JSON.stringify(outcomes));
  // What was handed over goes on, what the worker had is lost, and what was not asked yet is asked by the next worker.
  t.strictSame(Object.keys(outcomes).sort(), ['failed, worker-lost', 'open, ok']);
  t.equal((await askCheck(url, { targets: [name], tls: {} })).results[0]?.tls?.outcome, 'ok');
  t.strictSame(target.data, [], 'no target got application data');
  await assertBackIn(t, pid, baseline);
});
