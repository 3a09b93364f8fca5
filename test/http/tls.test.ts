// `tls` as a caller asks for it: in a body, of a target, in a query, over a stream; and what is no such thing.
import t from 'tap';
import type { TlsOptions } from '../../src/check/tls.ts';
import { build, type FakeChecker } from '../support/build.ts';
import type { FieldError } from '../../src/contract/field-errors.ts';

const DEFAULTS: TlsOptions = { servername: null, alpn: [], verify: true, minDaysLeft: 0 };

function asked({ asked }: FakeChecker): (TlsOptions | null)[] {
  return asked.flat().map(({ options }) => options.tls);
}

t.test('a request asks for TLS, and a target for its own', async (t) => {
  const { app, checker } = await build(t);
  const own = { servername: 'DB.Test.', alpn: ['h2'], minDaysLeft: 14 };
  const targets = ['a.test:1', { host: 'b.test', port: 1, tls: own }, { host: 'c.test', port: 1, tls: false }];
  const reply = await app.inject({ method: 'POST', url: '/check', payload: { targets, tls: true } });
  t.equal(reply.statusCode, 200);
  t.same(asked(checker), [DEFAULTS, { ...DEFAULTS, servername: 'db.test', alpn: ['h2'], minDaysLeft: 14 }, null]);
});

t.test('without it there is none, and no result has a tls', async (t) => {
  const { app, checker } = await build(t);
  const reply = await app.inject({ method: 'POST', url: '/check', payload: { targets: ['a.test:1'] } });
  t.same(asked(checker), [null]);
  t.notOk(reply.body.includes('tls'));
});

t.test('a query has the short form, with targets and with a stream', async (t) => {
  const { app, checker } = await build(t);
  t.equal((await app.inject('/check?target=a.test:2&tls=true')).statusCode, 200);
  t.equal((await app.inject('/check?target=a.test:2&tls=false')).statusCode, 200);
  t.same(asked(checker), [DEFAULTS, null]);
  const wrong = await app.inject('/check?target=a.test:2&tls=yes');
  t.same(wrong.json<{ errors: FieldError[] }>().errors, [
    { path: 'tls', message: 'takes true or false: its options stand in a body' },
  ]);
});

/** What is no TLS, where, and what it takes. */
const WRONG: readonly [unknown, string, RegExp][] = [
  ['yes', 'tls', /^takes true, false, or an object of servername/],
  [{ servername: '127.0.0.1' }, 'tls.servername', /for an address is none \(RFC 6066\)/],
  [{ servername: 'a b' }, 'tls.servername', /^takes a host name/],
  [{ alpn: [] }, 'tls.alpn', /^takes 1 to 10 protocols/],
  [{ alpn: ['h 2'] }, 'tls.alpn[0]', /^takes protocols of 1 to 255 ASCII characters/],
  [{ verify: 'no' }, 'tls.verify', /^takes true or false/],
  [{ minDaysLeft: -1 }, 'tls.minDaysLeft', /^takes an integer from 0 to 3650/],
  [{ verify: false, minDaysLeft: 3 }, 'tls.minDaysLeft', /^takes verify: true/],
  [{ port: 1 }, 'tls.port', /./],
];

for (const [tls, path, message] of WRONG) {
  t.test(`${JSON.stringify(tls)} is refused at ${path}`, async (t) => {
    const { app, checker } = await build(t);
    for (const [payload, at] of [
      [{ targets: ['a.test:1'], tls }, path],
      [{ targets: [{ host: 'a.test', port: 1, tls }] }, `targets[0].${path}`],
    ] as const) {
      const reply = await app.inject({ method: 'POST', url: '/check', payload });
      t.equal(reply.statusCode, 400);
      t.match(reply.json<{ errors: FieldError[] }>().errors, [{ path: at, message }]);
    }
    t.same(checker.asked, []);
  });
}
