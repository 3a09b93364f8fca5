// A DNS server that says nothing, in a namespace of its own: only the names that have to be asked for wait for it.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { CheckResult } from '../../src/check/result.ts';
import { quantile } from '../support/http-client.ts';
import { labTest } from '../support/lab/availability.ts';
import { Lab } from '../support/lab/lab.ts';
import { Reachd } from '../support/lab/reachd.ts';

t.setTimeout(120_000);
// As bin/reachd.cjs sets it, for the process that the lab starts.
process.env['UV_THREADPOOL_SIZE'] = '80';

const HUNG = 40;

labTest(
  'while forty names hang, literals and cached names do not wait, and each hung name has its result',
  async (t) => {
    const lab = await Lab.create({ 'nsswitch.conf': 'hosts: files dns\n', hosts: '127.0.0.1 localhost filed.lab\n' });
    t.teardown(() => lab.close());
    await lab.dns({ '*': { isSilent: true }, 'known.lab': { addresses: ['10.77.1.1'] } });
    const target = { address: lab.target.ipv4, port: 80 };
    await lab.on(target, { answer: 'syn-ack' });
    const reachd = await Reachd.start(lab.namespace);

    await reachd.results({ target: `${lab.target.ipv4}:80` }, { target: 'known.lab:80' });
    const timeoutMs = 3000;
    const startedAt = performance.now();
    const names = Array.from({ length: HUNG }, (_, i) => ({ target: `silent-${i}.lab:80`, timeoutMs }));
    let isOver = false;
    const hung = reachd.results(...names).finally(() => (isOver = true));
    await sleep(100);
    const took: Record<'literal' | 'cached', number[]> = { literal: [], cached: [] };
    const outcomes = new Set<string>();
    // A cached name is kept for two seconds.
    while (performance.now() - startedAt < 1000) {
      for (const [kind, host] of [
        ['literal', lab.target.ipv4],
        ['cached', 'known.lab'],
      ] as const) {
        const askedAt = performance.now();
        const { outcome, dns }: CheckResult = await reachd.result({ target: `${host}:80`, timeoutMs: 2000 });
        took[kind].push(performance.now() - askedAt);
        outcomes.add(`${kind} ${outcome} ${String(dns?.cached ?? '')}`);
      }
    }
    t.notOk(isOver, 'the forty are still hanging');
    t.same([...outcomes].sort(), ['cached open true', 'literal open ']);
    for (const kind of ['literal', 'cached'] as const) {
      const medianMs = quantile(took[kind], 0.5);
      t.ok(
        took[kind].length > 10 && medianMs < 100,
        `${kind}: ${took[kind].length} checks, median ${medianMs.toFixed(1)} ms`,
      );
    }
    const results = await hung;
    t.ok(performance.now() - startedAt < timeoutMs + 2000, 'none waits beyond its deadline');
    t.equal(results.length, HUNG);
    for (const { outcome, cause, latencyMs } of results) {
      t.equal(outcome, 'unresolved', cause?.code ?? '');
      t.equal(latencyMs, null, 'no SYN was sent');
    }
  },
);
