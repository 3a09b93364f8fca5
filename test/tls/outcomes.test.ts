import t, { type Test } from 'tap';
import type { CheckResult } from '../../src/check/result.ts';
import type { TlsOptions } from '../../src/check/tls.ts';
import { Authority, selfSigned } from '../support/certificates.ts';
import { until } from '../support/reactor-client.ts';
import { plainTarget, tlsChecker, tlsTarget } from '../support/tls-targets.ts';

const root = Authority.root(t);
const stranger = Authority.root(t, 'stranger');
const { ask } = await tlsChecker(t, root.file);

/** What a result says of its handshake, in short. */
const short = ({ ok, outcome, tls, cause }: CheckResult): unknown[] => [
  ok,
  outcome,
  tls?.outcome,
  cause?.layer,
  cause?.code,
];

t.test('a certificate that is well is ok, by name and by address', async (t) => {
  const target = await tlsTarget(t, root.issue('valid'));
  for (const host of ['localhost', '127.0.0.1']) {
    const result = await ask(`${host}:${target.port}`, {}, { family: 'ipv4' });
    t.same(short(result), [true, 'open', 'ok', undefined, undefined], host);
    t.match(result.tls, { protocol: 'TLSv1.3', alpn: null, cipher: /^TLS_/ });
    t.equal(result.attempts[0]?.handshake, 'full');
    t.same(result.attempts[0]?.tls, result.tls);
  }
  t.ok(await until(() => target.ends.length === 2));
  t.same(target.names, ['localhost', false], 'SNI is the name, and none for an address');
  t.same(target.ends, ['end', 'end'], 'each ends in order');
  t.same(target.data, [], 'without a byte of application data');
});

/** What is wrong about a certificate, and what comes of it. */
const CERTIFICATES = [
  ['expired', root.issue('expired', { from: -10, to: -2 }), 'expired', 'CERT_HAS_EXPIRED'],
  ['not valid yet', root.issue('early', { from: 5, to: 10 }), 'not-yet-valid', 'CERT_NOT_YET_VALID'],
  [
    'for another name',
    root.issue('other', { names: 'DNS:other.test' }),
    'name-mismatch',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  [
    'for a common name alone',
    root.issue('localhost', { names: 'DNS:x.test', subject: '/CN=localhost' }),
    'name-mismatch',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  ['self-signed', selfSigned(t), 'untrusted', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['issued by nobody known', stranger.issue('strange'), 'untrusted', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['about to expire', root.issue('soon', { to: 5.5 }), 'expiring', 'expiring'],
] as const;

for (const [what, identity, outcome, code] of CERTIFICATES) {
  t.test(`a certificate that is ${what} is ${outcome}, and reported; verify: false takes it`, async (t) => {
    const { port, data } = await tlsTarget(t, identity);
    const tls: Partial<TlsOptions> = { minDaysLeft: 14 };
    const result = await ask(`localhost:${port}`, tls, { family: 'ipv4' });
    t.same(short(result), [false, 'open', outcome, 'tls', code]);
    t.type(result.tls?.certificate?.fingerprint256, 'string');
    const taken = await ask(`localhost:${port}`, { verify: false }, { family: 'ipv4' });
    t.same(short(taken), [true, 'open', 'ok', undefined, undefined]);
    t.match(taken.tls?.certificate, { fingerprint256: result.tls?.certificate?.fingerprint256, chainValidTo: null });
    t.same(data, []);
  });
}

t.test('a servername is asked for, and has to be in the certificate, instead of the target’s name', async (t) => {
  const target = await tlsTarget(t, root.issue('other', { names: 'DNS:*.other.test' }));
  t.same(short(await ask(`127.0.0.1:${target.port}`, { servername: 'a.other.test' })).slice(0, 3), [
    true,
    'open',
    'ok',
  ]);
  t.same(short(await ask(`127.0.0.1:${target.port}`, { servername: 'a.b.other.test' })).slice(0, 3), [
    false,
    'open',
    'name-mismatch',
  ]);
  t.ok(await until(() => target.names.length === 2));
  t.same(target.names, ['a.other.test', 'a.b.other.test']);
});

t.test('protocols are offered, and the target’s choice is told', async (t) => {
  const { port } = await tlsTarget(t, root.issue('alpn'), { ALPNProtocols: ['h2'] });
  t.equal((await ask(`127.0.0.1:${port}`, { alpn: ['http/1.1', 'h2'] })).tls?.alpn, 'h2');
  const refused = await ask(`127.0.0.1:${port}`, { alpn: ['postgresql'] });
  t.same(short(refused).slice(0, 4), [false, 'open', 'rejected', 'tls']);
  t.match(refused.cause?.message, /the target sent a TLS alert: no application protocol/);
});

t.test(
  'a client certificate that is demanded is rejected, before and in TLS 1.3; one that may be missing is not',
  async (t) => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const demanding = { requestCert: true, ca: root.pem, maxVersion };
      const { port } = await tlsTarget(t, root.issue('mutual'), demanding);
      const result = await ask(`127.0.0.1:${port}`);
      t.same(short(result).slice(0, 4), [false, 'open', 'rejected', 'tls'], maxVersion);
      t.match(result.cause?.message, /the target sent a TLS alert/);
      const asking = await tlsTarget(t, root.issue('asking'), { ...demanding, rejectUnauthorized: false });
      t.same(short(await ask(`127.0.0.1:${asking.port}`)).slice(0, 3), [true, 'open', 'ok'], maxVersion);
    }
  },
);

t.test('a server of TLS 1.0 alone is rejected, and told by whom', async (t) => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const { port } = await tlsTarget(t, root.issue('old'), old);
  const result = await ask(`127.0.0.1:${port}`);
  t.same(short(result).slice(0, 4), [false, 'open', 'rejected', 'tls']);
  t.match(result.cause?.message, /the target sent a TLS alert: protocol version/);
});

/** Ports without TLS. */
const STRANGERS: readonly [string, (t: Test) => Promise<number>, string, string][] = [
  [
    'that speaks HTTP',
    (t) => plainTarget(t, (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    'not-tls',
    'tls',
  ],
  ['that greets first', (t) => plainTarget(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')), 'not-tls', 'tls'],
  [
    'that resets',
    (t) => plainTarget(t, (socket) => socket.once('data', () => socket.resetAndDestroy())),
    'reset',
    'tls',
  ],
  ['that resets at once', (t) => plainTarget(t, (socket) => socket.resetAndDestroy()), 'reset', 'tls'],
  ['that closes', (t) => plainTarget(t, (socket) => socket.once('data', () => socket.end())), 'reset', 'tls'],
  ['that says nothing', (t) => plainTarget(t, () => undefined), 'timeout', 'tls'],
];

for (const [what, target, outcome, layer] of STRANGERS) {
  t.test(`a port ${what} is open, and its handshake ${outcome}`, async (t) => {
    const port = await target(t);
    const result = await ask(`127.0.0.1:${port}`, {}, { timeoutMs: 700 });
    t.same(short(result).slice(0, 4), [false, 'open', outcome, layer]);
    t.equal(result.tls?.certificate, null);
    t.type(result.latencyMs, 'number');
  });
}

t.test('silence is the target’s for the whole of its timeout, connect and handshake together', async (t) => {
  const port = await plainTarget(t, () => undefined);
  await ask(`127.0.0.1:${port}`, {}, { timeoutMs: 50 }); // What is loaded once is.
  const startedAt = performance.now();
  const { tls, cause } = await ask(`127.0.0.1:${port}`, {}, { timeoutMs: 600 });
  t.equal(cause?.code, 'ETIMEDOUT');
  t.ok((tls?.durationMs ?? 0) > 500, `${tls?.durationMs ?? 0} ms`);
  t.ok(performance.now() - startedAt >= 599);
});

t.test('what is not open shakes no hands, and says so', async (t) => {
  const result = await ask('127.0.0.1:1');
  t.match(result, { ok: false, outcome: 'refused', tls: null, cause: { layer: 'tcp' } });
  t.equal(result.attempts[0]?.tls, null);
  t.match(await ask('127.0.0.1:1', {}, { expect: 'closed' }), { ok: true, outcome: 'refused', tls: null });
  const { port } = await tlsTarget(t, selfSigned(t));
  const open = await ask(`127.0.0.1:${port}`, {}, { expect: 'closed' });
  t.match(open, { ok: false, cause: { layer: 'expectation', message: 'expected closed, is open' } });
  const either = await ask(`127.0.0.1:${port}`, {}, { expect: ['open', 'refused'] });
  t.match(either, { ok: false, outcome: 'open', cause: { layer: 'tls' } }, 'an open one has to be well, too');
});
