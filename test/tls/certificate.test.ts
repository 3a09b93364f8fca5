// What is reported of a certificate, against openssl's own word, and of the chain that it stands on.
import { writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { chainOf } from '../../src/tls/certificate.ts';
import { parseCertificates } from '../../src/tls/authority-file.ts';
import { Trust } from '../../src/tls/trust.ts';
import { Authority, openssl } from '../support/certificates.ts';
import { tlsChecker, tlsTarget } from '../support/tls-targets.ts';

const root = Authority.root(t);
const { ask } = await tlsChecker(t, root.file);

t.test('dates and fingerprint are those that openssl x509 tells', async (t) => {
  const identity = root.issue('dated', { to: 42.5, names: 'DNS:localhost,IP:127.0.0.1,IP:::1,DNS:*.db.test' });
  const { port } = await tlsTarget(t, identity);
  const { tls } = await ask(`127.0.0.1:${port}`);
  const told = openssl(['x509', '-in', identity.certFile, '-noout', '-dates', '-fingerprint', '-sha256']);
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'im').exec(told)?.[1] ?? '';
  t.match(tls?.certificate, {
    subject: 'O=Test Ltd, CN=dated',
    issuer: 'CN=Test root',
    names: ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1', '*.db.test'],
    validFrom: new Date(field('notBefore')).toISOString(),
    validTo: new Date(field('notAfter')).toISOString(),
    daysLeft: 42,
    fingerprint256: field('sha256 Fingerprint'),
    chain: 1,
  });
});

t.test('a chain ends where its first certificate does, of those sent and of those it stands on', async (t) => {
  const between = root.authority('between', { to: 20.5 });
  const identity = between.issue('leaf', { to: 60.5 });
  const target = await tlsTarget(t, { ...identity, cert: identity.cert + between.pem });
  const { tls } = await ask(`127.0.0.1:${target.port}`);
  const betweenTo = new Date(new X509Certificate(between.pem).validTo).toISOString();
  t.match(tls, {
    outcome: 'ok',
    certificate: { daysLeft: 60, chain: 2, earliestValidTo: betweenTo, chainValidTo: betweenTo },
  });
  const expiring = await ask(`127.0.0.1:${target.port}`, { minDaysLeft: 30 });
  t.match(expiring, {
    ok: false,
    tls: { outcome: 'expiring' },
    cause: { message: /a certificate of the chain ends in 20 days/ },
  });
  const short = await tlsTarget(t, identity);
  t.match(await ask(`127.0.0.1:${short.port}`), { ok: false, tls: { outcome: 'untrusted' } }, 'a chain that lacks one');
});

t.test('a trusted issuer comes before one that was sent', (t) => {
  const old = Authority.root(t, 'old');
  const leaf = new X509Certificate(root.issue('crossed').cert);
  const own = new X509Certificate(root.pem);
  const foreign = new X509Certificate(old.pem);
  const authorities = new Map([[own.subject, [own]]]);
  t.same(
    chainOf([leaf, foreign], authorities).map(({ subject }) => subject),
    [leaf.subject, own.subject],
  );
  t.same(
    chainOf([leaf, own], new Map()).map(({ subject }) => subject),
    [leaf.subject, own.subject],
  );
  t.same(chainOf([leaf], new Map()), [leaf]);
  t.end();
});

t.test('a file of authorities is read again when it changes; one that is not understood changes nothing', async (t) => {
  const told: (string | null)[] = [];
  const file = `${root.file}.copy`;
  writeFileSync(file, root.pem);
  const clock = t.capture(performance, 'now', () => clockMs);
  let clockMs = 1000;
  const trust = await Trust.load({ file, env: {}, tell: (failure) => told.push(failure) });
  const first = trust.current();
  writeFileSync(file, 'nothing');
  t.equal(trust.current(), first, 'it is not looked at each time');
  clockMs += 2000;
  t.equal(trust.current(), first);
  t.same(told, ['the file holds no certificate in PEM']);
  writeFileSync(file, `${root.pem}\n${Authority.root(t, 'second').pem}`);
  clockMs += 2000;
  const second = trust.current();
  t.not(second, first);
  t.ok(second.authorities.has('CN=Test second'));
  t.same(told.slice(1), [null]);
  clock.restore();
});

t.test('a certificate in a file that is none is told by its number', (t) => {
  t.throws(() => parseCertificates(''), { message: 'the file holds no certificate in PEM' });
  const broken = root.pem.replace(/\n[A-Za-z0-9+/]{8}/, '\nAAAAAAAA');
  t.throws(() => parseCertificates(root.pem + broken), { message: 'certificate 2 of the file is not one' });
  t.equal(parseCertificates(root.pem).length, 1);
  t.end();
});
