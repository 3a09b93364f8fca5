// A door that is not HTTP: contract → callers → check, with an asker of its own, on the real worker.
import t from 'tap';
import { Admission } from '../../src/callers/admission.ts';
import { createAudit } from '../../src/callers/audit.ts';
import type { Asker } from '../../src/callers/asker.ts';
import { StreamWindows } from '../../src/callers/window.ts';
import { CallerLimits, RateLimitedError } from '../../src/callers/limits.ts';
import { Cancellation } from '../../src/check/cancellation.ts';
import { Checker } from '../../src/check/checker.ts';
import { Resolver } from '../../src/check/resolver.ts';
import { DEFAULTS } from '../../src/config/settings.ts';
import { Contract } from '../../src/contract/contract.ts';
import { PolicyInForce } from '../../src/policy/policy-in-force.ts';
import { type Log, loggerTo } from '../support/build.ts';
import { closedPort, openPort } from '../support/raw-sockets.ts';
import { startClient } from '../support/reactor-client.ts';

const SCHEDULE: Asker = { principal: 'groups', from: 'schedule', id: 'round-7' };
const contract = new Contract(DEFAULTS);

t.test('a question that no request carries is parsed, admitted, answered and audited', async (t) => {
  const log: Log = [];
  const checker = new Checker({
    reactor: await startClient(t),
    resolver: new Resolver(),
    policy: new PolicyInForce(DEFAULTS),
    maxQueued: 10,
    vantage: 'test',
    observer: createAudit(loggerTo(log), 'all'),
  });
  const limits = new CallerLimits({ targetsPerSecond: 2, burst: 2, maxQueued: 0 });
  const admission = new Admission(checker, limits, new StreamWindows(10));
  const [open, closed] = [openPort(t), closedPort(t)].map(({ port }) => `127.0.0.1:${port}`);
  const parsed = contract.parse({ targets: [open, closed] });
  if ('errors' in parsed) throw new Error('both are targets');

  const reply = await admission.check(parsed.checks, { asker: SCHEDULE, cancellation: new Cancellation() });
  t.match(reply, { ok: false, results: [{ outcome: 'open' }, { outcome: 'refused' }] });
  const shared = { msg: 'audit', reqId: 'round-7', principal: 'groups', from: 'schedule', address: '127.0.0.1' };
  t.match(
    log.sort((a, b) => String(a['outcome']).localeCompare(String(b['outcome']))),
    [
      { ...shared, target: open, outcome: 'open' },
      { ...shared, target: closed, outcome: 'refused' },
    ],
  );
  t.throws(
    () => admission.check(parsed.checks, { asker: SCHEDULE, cancellation: new Cancellation() }),
    new RateLimitedError('This caller may ask for 2 targets a second.', 0).constructor,
    'limits count the asker, whichever way it came',
  );
});

t.test('what is wrong with a question is told by path, not thrown', (t) => {
  t.same(contract.parse({ targets: ['a:1', { host: 'b', port: 0 }], foo: 1 }), {
    errors: [
      { path: 'targets[1].port', message: 'takes an integer from 1 to 65535' },
      { path: 'foo', message: 'is not a known field' },
    ],
  });
  t.match(contract.parse({ targets: ['a b:1'] }), { errors: [{ path: 'targets[0]' }] });
  t.match(contract.parse('a:1'), { errors: [{ path: 'body', message: 'takes a JSON object with "targets"' }] });
  t.match(contract.parse(undefined), { errors: [{ path: 'body' }] });
  t.end();
});
