// Who learns what happened on the way of a check.
import t from 'tap';
import { type CheckObserver, observeAll, tellUnforeseen } from '../../src/check/observer.ts';
import type { Cause } from '../../src/check/outcome.ts';
import { buildChecker as build } from '../support/build-checker.ts';
import { checkOf, facts } from '../support/fake-reactor.ts';
import { ASKER, inquiry } from '../support/inquiry.ts';

const STAY = inquiry();

t.test('an errno that nobody foresaw is told once, and each has its turn', async (t) => {
  const told: Cause[] = [];
  const { checker } = build((_, port) => facts({ ending: 'local-error', syscall: 'connect', errno: port }), {
    observer: tellUnforeseen((cause) => told.push(cause)),
  });
  // 5 is EIO, 6 is ENXIO, 24 is EMFILE, which is foreseen.
  const reply = await checker.check(
    [5, 5, 6, 24].map((errno) => checkOf(`10.0.0.1:${errno}`)),
    STAY,
  );
  await checker.check([checkOf('10.0.0.1:5')], STAY);
  t.same(
    told.map(({ code }) => code),
    ['EIO', 'ENXIO'],
  );
  t.match(reply.summary, { ok: 0, notOk: 4, outcomes: { failed: 4 } });
});

t.test('lookups, attempts and results are told to all who observe, in that order', async (t) => {
  const told: string[] = [];
  const observer: CheckObserver = {
    lookup: ({ cached }) => told.push(`lookup ${String(cached)}`),
    attempt: ({ address, outcome }) => told.push(`${address} ${outcome}`),
    settled: (asker, { target }, { outcome }) => told.push(`${asker.id} ${target.text} ${outcome}`),
  };
  const { ask } = build(undefined, { observer: observeAll(null, observer, {}, observer) });
  await ask('one.test:80');
  const once = ['lookup false', '10.0.0.1 open', `${ASKER.id} one.test:80 open`];
  t.same(
    told,
    once.flatMap((line) => [line, line]),
  );
});

t.test('where nobody observes, there is no observer', (t) => {
  t.equal(observeAll(null, null), null);
  const only: CheckObserver = {};
  t.equal(observeAll(null, only), only);
  t.end();
});
