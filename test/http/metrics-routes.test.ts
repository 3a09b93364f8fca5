// GET /metrics: what the page has, who may read it, and that no caller can add a series.
import t from 'tap';
import { OUTCOMES } from '../../src/check/outcome.ts';
import { build } from '../support/build.ts';
import { promtool, withoutProgram } from '../support/debian-program.ts';
import { readExposition } from '../support/exposition.ts';

/** Every metric that the page promises, by its type. */
const PROMISED = {
  reachd_checks_total: 'counter',
  reachd_attempts_total: 'counter',
  reachd_attempt_latency_seconds: 'histogram',
  reachd_attempt_rtt_seconds: 'histogram',
  reachd_attempt_queued_seconds: 'histogram',
  reachd_dns_lookup_seconds: 'histogram',
  reachd_syn_retransmits_total: 'counter',
  reachd_attempts_in_flight: 'gauge',
  reachd_attempts_queued: 'gauge',
  reachd_attempts_limit: 'gauge',
  reachd_policy_denials_total: 'counter',
  reachd_http_requests_total: 'counter',
  reachd_http_request_duration_seconds: 'histogram',
  reachd_reactor_restarts_total: 'counter',
  reachd_reactor_silent_seconds: 'gauge',
  reachd_build_info: 'gauge',
};

t.test('every metric is there, with its type, and the process’s and Node’s beside them', async (t) => {
  const { app } = await build(t);
  const reply = await app.inject('/metrics');
  t.equal(reply.statusCode, 200);
  t.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const page = readExposition(reply.body);
  const ours = [...page.types].filter(([name]) => name.startsWith('reachd_'));
  t.same(Object.fromEntries(ours), PROMISED);
  t.ok(page.types.has('process_cpu_seconds_total') && page.types.has('nodejs_eventloop_lag_p99_seconds'));
  t.equal(page.samples.filter(({ name }) => name === 'reachd_checks_total').length, OUTCOMES.length);
});

t.test(
  'promtool finds nothing to say, on an empty page and on one with everything',
  { skip: withoutProgram('promtool') },
  async (t) => {
    const { app, judge } = await build(t);
    t.equal(promtool(['check', 'metrics'], (await app.inject('/metrics')).body), '');
    judge.judge({ family: 4, bytes: Uint8Array.of(169, 254, 169, 254), text: '169.254.169.254' }, 80);
    for (const url of ['/livez', '/nowhere', '/check?target=127.0.0.1:80', '/probe?target=127.0.0.1:1'])
      await app.inject(url);
    t.equal(promtool(['check', 'metrics'], (await app.inject('/metrics')).body), '');
  },
);

t.test('gauges say what the reactor, the policy and the build are now', async (t) => {
  const { app, judge } = await build(t);
  const before = readExposition((await app.inject('/metrics')).body);
  t.equal(before.value('reachd_attempts_in_flight'), 3);
  t.equal(before.value('reachd_attempts_queued'), 2);
  t.equal(before.value('reachd_attempts_limit'), 10);
  t.equal(before.value('reachd_reactor_restarts_total'), 1);
  t.equal(before.value('reachd_reactor_silent_seconds'), 1.5);
  t.equal(before.value('reachd_build_info', { version: '1.2.3', node: process.versions.node }), 1);
  t.equal(before.value('reachd_policy_denials_total', { rule: 'metadata' }), undefined);
  judge.judge({ family: 4, bytes: Uint8Array.of(169, 254, 169, 254), text: '169.254.169.254' }, 80);
  const after = readExposition((await app.inject('/metrics')).body);
  t.equal(after.value('reachd_policy_denials_total', { rule: 'metadata' }), 1);
});

t.test('a request is counted under its route’s pattern, and a URL makes no series', async (t) => {
  const { app } = await build(t);
  await app.inject('/check?target=127.0.0.1:80');
  await app.inject('/check?target=127.0.0.1:1');
  await app.inject('/check?target=wrong');
  await app.inject({ method: 'HEAD', url: '/livez' });
  for (let i = 0; i < 20; i++) await app.inject(`/nowhere/${i}?a=${i}`);
  await app.inject({ method: 'DELETE', url: '/check' });
  await app.inject({ method: 'PROPFIND', url: '/check' });
  const page = readExposition((await app.inject('/metrics')).body);
  const count = (route: string, method: string, code: string) =>
    page.value('reachd_http_requests_total', { route, method, code });
  t.equal(count('/check', 'GET', '200'), 1);
  t.equal(count('/check', 'GET', '503'), 1);
  t.equal(count('/check', 'GET', '400'), 1);
  t.equal(count('/livez', 'HEAD', '200'), 1);
  t.equal(count('none', 'GET', '404'), 20);
  t.equal(count('none', 'other', '405'), 2);
  t.equal(page.value('reachd_http_request_duration_seconds_count', { route: '/check' }), 3);
  const routes = new Set(page.samples.flatMap(({ labels }) => labels['route'] ?? []));
  t.same([...routes].sort(), ['/check', '/livez', 'none']);
});

t.test('it follows the token, and leaves no line in the log', async (t) => {
  const { app, log } = await build(t, { config: { apiTokens: ['prometheus:a-token-for-scrapes'] } });
  t.equal((await app.inject('/metrics')).statusCode, 401);
  log.length = 0;
  const headers = { authorization: 'Bearer a-token-for-scrapes' };
  t.equal((await app.inject({ url: '/metrics', headers })).statusCode, 200);
  t.same(log, []);
});
