// A trace from hop to hop, and many of one request beside each other.
import t from 'tap';
import { Cancellation } from '../../src/check/cancellation.ts';
import { buildTraces, hop, wayOf } from '../support/fake-way.ts';
import { EXPIRED, facts, icmp, LOST, OPEN, REFUSED, tcp } from '../support/fake-reactor.ts';
import { waiting } from '../support/inquiry.ts';

t.test('a trace goes from hop to hop until the target answers', async (t) => {
  const { reactor, trace } = buildTraces(wayOf(3));
  const report = await trace('10.0.0.7:80');
  t.match(report, { answeredAtTtl: 4, by: 'target', last: { ttl: 3, address: '10.9.0.3' } });
  t.same(reactor.ttlsOf(80), [1, 2, 3, 4]);
  t.same(
    report.hops.map(({ address }) => address),
    ['10.9.0.1', '10.9.0.2', '10.9.0.3'],
  );
  t.same(reactor.ttlsOf(1), [4], 'another port was asked, from where the answer came');
});

t.test('one source port serves all probes of a trace, and another where somebody has taken it', async (t) => {
  const taken = facts({ ending: 'local-error', syscall: 'bind', errno: 98, tcp: null, local: null });
  const { reactor, trace } = buildTraces((asked) =>
    asked.ttl === 3 && asked.sourcePort > 0 ? taken : wayOf(3)(asked),
  );
  t.match(await trace('10.0.0.7:80'), { answeredAtTtl: 4 });
  t.same(
    reactor.asked.filter(({ port }) => port === 80).map(({ ttl, sourcePort }) => [ttl, sourcePort]),
    [
      [1, 0],
      [2, 40_000],
      [3, 40_000],
      [3, 0],
      [4, 40_000],
    ],
  );
});

t.test('five silent hops in a row end a trace; a gap before a router does not', async (t) => {
  const silent = buildTraces(({ ttl }) => (ttl === 2 || ttl === 7 ? hop(ttl) : EXPIRED));
  const report = await silent.trace('10.0.0.7:80', 'timeout');
  t.same(silent.reactor.ttlsOf(80), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  t.match(report, { answeredAtTtl: null, by: null, last: { ttl: 7, address: '10.9.0.7' } });
  t.equal(report.summary, 'SYNs are answered up to 10.9.0.7 (hop 7); nothing beyond answers');
  const none = await buildTraces(() => EXPIRED).trace('10.0.0.7:80', 'timeout');
  t.match(none, { last: null, summary: 'no hop on the way answers, nor does the target' });
});

t.test('a trace goes no farther than TRACE_MAX_HOPS', async (t) => {
  const { reactor, trace } = buildTraces(({ ttl }) => hop(ttl), { maxHops: 5 });
  t.match(await trace('10.0.0.7:80'), { answeredAtTtl: null, summary: /\(hop 5\); the trace goes no farther$/ });
  t.same(reactor.ttlsOf(80), [1, 2, 3, 4, 5]);
});

t.test('what this host cannot send ends a trace, and says why', async (t) => {
  const error = facts({ ending: 'local-error', syscall: 'connect', errno: 101, tcp: null });
  t.match(await buildTraces(() => error).trace('10.0.0.7:80'), {
    hops: [],
    summary: 'this host could not send the next SYN: ENETUNREACH',
  });
});

t.test('a trace whose reactor is lost says so', async (t) => {
  const report = await buildTraces(({ ttl }) => (ttl === 1 ? hop(1) : LOST)).trace('10.0.0.7:80');
  t.match(report, { hops: [{ ttl: 1 }], summary: /could not send the next SYN: worker-lost$/ });
});

t.test('a REJECT on the way is not the target’s; one in its name is left open', async (t) => {
  const rejects = (from: string) =>
    facts({ ending: 'error', errno: 113, tcp: tcp({ state: 2 }), icmp: icmp(3, 13, from) });
  const other = buildTraces(({ ttl }) => (ttl < 3 ? hop(ttl) : rejects('10.9.0.2')));
  t.match(await other.trace('10.0.0.7:80', 'rejected'), { answeredAtTtl: 3, by: 'other', summary: /by 10\.9\.0\.2, / });
  const own = buildTraces(({ ttl }) => (ttl < 3 ? hop(ttl) : rejects('10.0.0.7')));
  t.match(await own.trace('10.0.0.7:80', 'rejected'), { answeredAtTtl: 3, by: null });
});

t.test('hops of one address are asked once; another address asks its own', async (t) => {
  const { reactor, trace } = buildTraces(({ ttl }) => (ttl <= 2 ? hop(ttl) : EXPIRED));
  const targets = ['10.0.0.7:1001', '10.0.0.7:1002', '10.0.0.7:1003', '10.0.0.8:1001'];
  const reports = await Promise.all(targets.map((target) => trace(target, 'timeout')));
  t.same(reactor.ttlsOf(1001, '10.0.0.7'), [1, 2, 3, 4, 5, 6, 7]);
  t.same(reactor.ttlsOf(1002), [3, 4, 5, 6, 7]);
  t.same(reactor.ttlsOf(1003), [3, 4, 5, 6, 7]);
  t.same(reactor.ttlsOf(1001, '10.0.0.8'), [1, 2, 3, 4, 5, 6, 7]);
  for (const { hops } of reports) t.match(hops.slice(0, 2), [{ address: '10.9.0.1' }, { address: '10.9.0.2' }]);
});

t.test(
  'a target that answers is asked at the last hop that is known, and everywhere if it answers there',
  async (t) => {
    const { reactor, trace } = buildTraces(({ port, ttl }) => {
      if (port === 81) return ttl === 1 ? hop(1) : REFUSED;
      return wayOf(3)({ port, ttl, address: '', sourcePort: 0 });
    });
    await trace('10.0.0.7:80');
    const open = await trace('10.0.0.7:82', 'refused');
    t.same(reactor.ttlsOf(82), [3, 4], 'what answers beyond hop 3 does not answer before');
    t.match(open, { answeredAtTtl: 4, hops: [{ ttl: 1 }, { ttl: 2 }, { ttl: 3 }] });
    const forged = await trace('10.0.0.7:81', 'refused');
    t.same(reactor.ttlsOf(81).slice(0, 3), [3, 1, 2]);
    t.match(forged, { answeredAtTtl: 2, by: 'other' });
  },
);

t.test('silent targets at one address do not wait for turns where nobody has answered', async (t) => {
  const { reactor, trace } = buildTraces(({ ttl }) => (ttl <= 2 ? hop(ttl) : EXPIRED), { maxTraces: 100 });
  const ports = Array.from({ length: 100 }, (_, i) => 1001 + i);
  const reports = await Promise.all(ports.map((port) => trace(`10.0.0.7:${port}`, 'timeout')));
  t.equal(reports.filter(({ summary }) => summary.endsWith('nothing beyond answers')).length, 100);
  t.equal(reactor.asked.filter(({ ttl }) => ttl <= 2).length, 2);
  t.ok(reactor.most > 50, `${reactor.most} at once`);
});

t.test('at most MAX_TRACES targets are traced at a time, and each is', async (t) => {
  const { reactor, trace } = buildTraces(() => EXPIRED, { maxTraces: 3 });
  const all = Array.from({ length: 20 }, (_, i) => trace(`10.0.1.${i}:80`, 'timeout'));
  t.equal((await Promise.all(all)).length, 20);
  t.equal(reactor.most, 3);
});

t.test('a trace ends when its caller leaves, and at the deadline; those that wait end too', async (t) => {
  const cancellation = new Cancellation();
  const left = buildTraces(({ ttl }) => (ttl === 1 ? hop(1) : null), { maxTraces: 1 }, waiting({ cancellation }));
  const reports = [left.trace('10.0.0.7:80', 'timeout'), left.trace('10.0.0.8:80', 'timeout')];
  while (left.reactor.asked.length < 2) await new Promise((go) => setImmediate(go));
  cancellation.cancel();
  const [first, second] = await Promise.all(reports);
  t.match(first, { hops: [{ ttl: 1, address: '10.9.0.1' }], summary: /; the request was over before the trace$/ });
  t.match(second, { hops: [], summary: 'the request was over before a hop was asked' });
  t.equal(left.reactor.asked.length, 2);

  const late = buildTraces(() => null, {}, waiting({ deadlineMs: 20 }));
  t.match(await late.trace('10.0.0.7:80', 'timeout'), { hops: [], last: null, answeredAtTtl: null });
});

t.test('a router is asked six times at once and then not before its second, over all requests', async (t) => {
  const { reactor, tracer, trace } = buildTraces(({ ttl }) => (ttl === 1 ? hop(1) : EXPIRED), { maxTraces: 100 });
  const one = Array.from({ length: 4 }, (_, i) => trace(`10.0.1.${i}:80`, 'timeout'));
  const another = tracer.open(waiting({ deadlineMs: 100, request: 2 }));
  const two = Array.from({ length: 4 }, (_, i) => trace(`10.0.2.${i}:80`, 'timeout', another));
  await Promise.all([...one, ...two]);
  const first = reactor.asked.filter(({ ttl }) => ttl === 1).length;
  t.ok(first >= 6 && first <= 8, `${first} probes`);
});

t.test('an answer from beyond a hop that was not asked is not told to a TTL', async (t) => {
  const { trace } = buildTraces(({ address, ttl }) => (address.startsWith('10.0.1.') || ttl < 2 ? hop(ttl) : OPEN), {
    maxHops: 2,
    maxTraces: 100,
  });
  // Two dozen others want the next seconds of hop 1 and 2, so that this one has no turn in its patience.
  const others = Array.from({ length: 30 }, (_, i) => trace(`10.0.1.${i}:80`));
  const late = await Promise.all(Array.from({ length: 10 }, (_, i) => trace(`10.0.2.${i}:80`)));
  await Promise.all(others);
  const untold = late.filter(({ answeredAtTtl }) => answeredAtTtl === null);
  t.ok(untold.length > 0);
  for (const { by, summary } of untold) {
    t.equal(by, null);
    t.match(summary, /from hop 2 or from before it; hop 1 was not asked|hop 1.* not asked|goes no farther/);
  }
});
