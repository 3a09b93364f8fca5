// The audit log, and that no caller can write lines of it.
import t from 'tap';
import { pino } from 'pino';
import { Checker } from '../../src/check/checker.ts';
import type { CheckReply } from '../../src/check/result.ts';
import { createAudit } from '../../src/callers/audit.ts';
import { PolicyInForce } from '../../src/policy/policy-in-force.ts';
import { type Config, DEFAULTS } from '../../src/config/settings.ts';
import { build, type Log, loggerTo, resultOf } from '../support/build.ts';
import { address, checkOf, FakeReactor } from '../support/fake-reactor.ts';
import { ASKER } from '../support/inquiry.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'good.test': ['10.0.0.1'],
  'evil.test': ['10.0.0.1', '169.254.169.254'],
};

/** The app on a checker with the real policy and a small DNS. */
async function audited(t: Parameters<typeof build>[0], some: Partial<Config>) {
  const config = { ...DEFAULTS, ...some };
  const judge = new PolicyInForce(config);
  const reactor = new FakeReactor();
  const log: Log = [];
  const checker = new Checker({
    reactor,
    resolver: {
      lookup: (name) =>
        Promise.resolve({ answer: (NAMES[name] ?? []).map(address), durationMs: 1, queuedMs: 0, cached: false }),
    },
    policy: judge,
    maxQueued: 100,
    vantage: 'test',
    observer: createAudit(loggerTo(log), config.audit),
  });
  const { app } = await build(t, { checker, config, judge, log });
  const ask = (targets: readonly string[], headers: object = {}) =>
    app.inject({ method: 'POST', url: '/check', payload: { targets }, headers: { ...headers } });
  /** In the order of TARGETS: literals settle before names. */
  const lines = () =>
    log
      .filter(({ msg }) => msg === 'audit')
      .sort((a, b) => TARGETS.indexOf(String(a['target'])) - TARGETS.indexOf(String(b['target'])));
  return { app, judge, reactor, log, ask, lines };
}

const CAUSE = { layer: 'tcp', code: 'ECONNREFUSED', message: 'RST' } as const;
const TARGETS = ['good.test:80', 'evil.test:80', '169.254.169.254:80'];

t.test('by default each denied target has a line: who asked, for what, which rule, which address', async (t) => {
  const { ask, lines } = await audited(t, { apiTokens: ['ci:a-token-of-the-ci'] });
  const reply = await ask(TARGETS, { authorization: 'Bearer a-token-of-the-ci', 'x-request-id': 'job-7' });
  const shared = { reqId: 'job-7', principal: 'ci', from: '127.0.0.1', address: '169.254.169.254', rule: 'metadata' };
  t.match(lines(), [
    { ...shared, target: 'evil.test:80', outcome: 'denied', level: 30 },
    { ...shared, target: '169.254.169.254:80', outcome: 'denied' },
  ]);
  t.equal(lines().length, 2);
  const [, evil] = reply.json<CheckReply>().results;
  t.match(evil, { outcome: 'denied', address: null, cause: { code: 'metadata' } });
  t.same(evil?.dns?.addresses, []);
});

t.test('all: a line for each target; none: no line', async (t) => {
  const all = await audited(t, { audit: 'all' });
  await all.ask(TARGETS);
  t.match(all.lines(), [
    { target: 'good.test:80', outcome: 'open', rule: null, address: '10.0.0.1', principal: 'anonymous' },
    { target: 'evil.test:80', outcome: 'denied', rule: 'metadata', principal: 'anonymous' },
    { target: '169.254.169.254:80', outcome: 'denied', rule: 'metadata' },
  ]);
  const none = await audited(t, { audit: 'none' });
  await none.ask(TARGETS);
  t.same(none.lines(), []);
});

t.test('streamed results are audited too, and still arrive', async (t) => {
  const { app, lines } = await audited(t, {});
  const reply = await app.inject({
    method: 'POST',
    url: '/check',
    payload: { targets: TARGETS },
    headers: { accept: 'application/x-ndjson' },
  });
  t.equal(reply.body.trimEnd().split('\n').length, 4);
  t.equal(lines().length, 2);
});

t.test('POLICY_MODE=report lets pass what the policy denies, and logs and counts it', async (t) => {
  const { app, ask, lines, reactor } = await audited(t, { policyMode: 'report' });
  const reply = await ask(TARGETS);
  t.match(reply.json(), { results: [{ outcome: 'open' }, { outcome: 'open' }, { outcome: 'open' }] });
  t.ok(reactor.attempts.some((attempt) => attempt.address === '169.254.169.254'));
  t.match(lines(), [
    { rule: 'metadata', address: '169.254.169.254', outcome: 'open' },
    { rule: 'metadata', address: '169.254.169.254', outcome: 'open' },
  ]);
  t.match((await app.inject('/policy')).json(), { mode: 'report', denials: { metadata: 2 } });
});

t.test('failed: a line for each target that is not as expected, with its cause, and for each denial', async (t) => {
  const log: Log = [];
  const audit = createAudit(loggerTo(log), 'failed');
  const open = checkOf('a.test:2');
  const refused = checkOf('a.test:1');
  audit?.settled?.(ASKER, open, resultOf(open), null);
  audit?.settled?.(ASKER, refused, { ...resultOf(refused), cause: CAUSE }, null);
  audit?.settled?.(ASKER, open, resultOf(open), { address: '10.0.0.1', rule: 'private' });
  t.match(log, [
    { target: 'a.test:1', outcome: 'refused', cause: CAUSE, rule: null },
    { target: 'a.test:2', outcome: 'open', rule: 'private' },
  ]);
  t.equal(log.length, 2);
  return Promise.resolve();
});

t.test('LOG_LEVEL does not silence it', async (t) => {
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const audit = createAudit(logger, 'all');
  const check = checkOf('a:1');
  audit?.settled?.(ASKER, check, resultOf(check), null);
  t.equal(lines.length, 1);
  return Promise.resolve();
});

t.test('what a caller sends stays inside its line', async (t) => {
  const raw: string[] = [];
  const { app, log } = await audited(t, { audit: 'all' });
  const forged = '\n{"level":30,"msg":"audit","principal":"root"}\r\n\u001b[2J\u0000\u2028';
  await app.inject({ url: `/check?target=${encodeURIComponent(forged)}`, headers: { 'x-request-id': 'x" y' } });
  await app.inject({ url: `/${encodeURIComponent(forged)}` });
  await app.inject({ method: 'POST', url: '/check', payload: { targets: [{ host: forged, port: 1, name: forged }] } });
  t.equal(log.length, 3, 'one line a request');
  t.ok(log.every(({ principal }) => principal === undefined));
  for (const line of log) raw.push(JSON.stringify(line));
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  t.notMatch(raw.join(''), /[\u0000-\u001f]/);
});
