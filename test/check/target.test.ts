import { domainToUnicode } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { parseIpv6 } from '../../src/net/address.ts';
import { formatTarget, parseTarget, targetOf } from '../../src/check/target.ts';

const ACCEPTED: readonly (readonly [written: string, text: string, host: string, port: number])[] = [
  ['127.0.0.1:8080', '127.0.0.1:8080', '127.0.0.1', 8080],
  ['tcp://127.0.0.1:1', '127.0.0.1:1', '127.0.0.1', 1],
  ['[::1]:65535', '[::1]:65535', '::1', 65535],
  ['tcp://[FD00:0::1]:80', '[fd00::1]:80', 'fd00::1', 80],
  ['[::ffff:7f00:1]:80', '[::ffff:127.0.0.1]:80', '::ffff:127.0.0.1', 80],
  ['db.internal:5432', 'db.internal:5432', 'db.internal', 5432],
  ['DB.Internal:5432', 'db.internal:5432', 'db.internal', 5432],
  // The resolver sees the dot: this name is absolute, and no search list applies.
  ['db.internal.:5432', 'db.internal:5432', 'db.internal.', 5432],
  ['_ldap._tcp.x-1:389', '_ldap._tcp.x-1:389', '_ldap._tcp.x-1', 389],
  ['xn--mnchen-3ya.de:443', 'xn--mnchen-3ya.de:443', 'xn--mnchen-3ya.de', 443],
  ['1.2.3.example:80', '1.2.3.example:80', '1.2.3.example', 80],
  ['0xample:80', '0xample:80', '0xample', 80],
  ['fec0.de:80', 'fec0.de:80', 'fec0.de', 80],
];
for (const [written, text, host, port] of ACCEPTED) {
  t.test(`${written} is a target`, (t) => {
    const target = parseTarget(written);
    t.match(target, { text, host, port });
    t.equal(typeof target === 'string' || target.address === null, !/^[0-9.]+$|:/.test(host), 'an address if literal');
    t.same(targetOf(host, port), target, 'the object form gives the same');
    t.end();
  });
}

const BAD_PORT = 'port must be an integer from 1 to 65535';
const CHARACTERS = 'target must not contain spaces or control characters';
const NUMBER =
  'host looks like a number: an IPv4 address is four decimal octets without leading zeros, such as 127.0.0.1';
const PATH = 'a path has no place in a target: write host:port';
const NO_PORT = 'port is missing: write host:port';
const ONLY_TCP = 'only tcp:// is understood before host:port';
const NEEDS_BRACKETS = 'an IPv6 address needs brackets and a port, such as [::1]:80';
const NO_COLON = 'host must not contain a colon: an IPv6 address needs brackets, such as [::1]:80';
const NOT_ASCII = 'host must be ASCII: write an internationalized name in its xn-- form';
const PUNYCODE = 'host has a label in punycode (xn--) that does not stand for an internationalized name';
const ALPHABET = 'host must consist of letters, digits, hyphens, underscores and dots';
const IN_BRACKETS = 'host in brackets must be an IPv6 address';

const REFUSED: readonly (readonly [reason: string, ...written: string[]])[] = [
  ['target is empty: write host:port', '', 'tcp://'],
  [NO_PORT, 'db', 'db.internal', '127.0.0.1', 'localhost:', 'tcp://db', '8080'],
  ['port is missing: write [address]:port', '[::1]', '[::1]:'],
  [NEEDS_BRACKETS, '::1', 'fe80::1', '::1:80', '1:2:3:4:5:6:7:8'],
  [NO_COLON, 'a:b:80', '1:2:3:4:5:6:7:8:80', 'tcp:db:80', '::1:99999a:80'],
  [ONLY_TCP, 'http://db:80', 'https://db/', 'TCP://db:80', 'tcp://tcp://db:80', '://db:80'],
  [PATH, 'db:80/', 'db/health', 'tcp://db:80/x', 'db:80?x', 'db:80#x', 'db\\x:80'],
  ['a user name (@) has no place in a target: write host:port', 'me@db:80', 'me:secret@db:80'],
  ['neither IPv6 zones nor percent-encoding (%) are understood', '[fe80::1%eth0]:80', 'd%62:80'],
  [
    BAD_PORT,
    'db:0',
    'db:65536',
    '[::1]:65536',
    'db:99999',
    'db:100000',
    'db:080',
    'db:+80',
    'db:-1',
    'db:80x',
    'db:0x50',
    'db:8e1',
    '[::1]:0',
  ],
  [CHARACTERS, 'db:80 ', ' db:80', 'd b:80', 'db\t:80', 'db:80\n', '127.0.0.1\0.example:80', 'db\x7f:80', 'db:\r80'],
  // The last one is the Kelvin sign, which lower-cases to an ASCII k.
  [NOT_ASCII, 'münchen:80', '１２７.0.0.1:80', 'db:８０', 'a。b:80', '\u{1f600}:80', '\ud800:80', '\u212aube:80'],
  ['host is empty', ':80', 'tcp://:80'],
  ['host has an empty label between its dots', '.:80', 'a..b:80', '.a:80', 'a..:80'],
  [`host has a label longer than 63 characters`, `${'a'.repeat(64)}:80`, `a.${'b'.repeat(64)}.c:80`],
  [
    NUMBER,
    '127.1:80',
    '0x7f.1:80',
    '2130706433:80',
    '0177.0.0.1:80',
    '01.2.3.4:80',
    '1.2.3.256:80',
    '1.2.3.4.:80',
    '1.2.3.4.5:80',
    'db.0x:80',
    'a.0XfF:80',
    'db.42:80',
    '0x7f000001:80',
  ],
  [PUNYCODE, 'xn--a.de:80', 'xn--.de:80', 'xn--99999999999.com:80', 'XN--example-.com:80', 'a.xn--mnchen-3ya-.de:80'],
  [ALPHABET, 'a*b:80', 'a,b:80', "a'b:80", ']:80', 'a!:80'],
  [IN_BRACKETS, '[db]:80', '[127.0.0.1]:80', '[::1:80', '[]:80', '[::1]x:80', '[[::1]]:80'],
];
for (const [reason, ...written] of REFUSED) {
  t.test(`refused because ${reason}`, (t) => {
    for (const text of written) t.equal(parseTarget(text), reason, JSON.stringify(text));
    t.end();
  });
}

t.test('names of 253 characters are targets, with a trailing dot or without, and longer ones are not', (t) => {
  const name = `${'a.'.repeat(126)}b`;
  t.equal(name.length, 253);
  t.match(parseTarget(`tcp://${name}.:65535`), { text: `${name}:65535`, host: `${name}.` });
  t.match(parseTarget(`${'a'.repeat(63)}:1`), { port: 1 });
  t.equal(parseTarget(`c${name}:1`), 'host must not be longer than 253 characters');
  t.equal(parseTarget('a'.repeat(1e6)), 'target must not be longer than 266 characters');
  t.equal(targetOf('a'.repeat(1e6), 1), 'host must not be longer than 253 characters');
  t.end();
});

t.test('the object form says what is wrong with its own fields', (t) => {
  t.equal(targetOf('[::1]', 80), 'host is an address or a name, without brackets and without a port');
  t.equal(targetOf('db:80', 80), 'host with a colon must be an IPv6 address: a port has its own field');
  t.equal(targetOf('fe80::1%eth0', 80), 'neither IPv6 zones nor percent-encoding (%) are understood');
  t.equal(targetOf('http://db', 80), ONLY_TCP);
  t.equal(targetOf('', 80), 'host is empty');
  t.equal(targetOf('127.1', 80), NUMBER);
  for (const port of [0, -1, 65536, 80.5, NaN, Infinity]) t.equal(targetOf('db', port), BAD_PORT, String(port));
  t.match(targetOf('::1', 80), { text: '[::1]:80', host: '::1', address: { family: 6 } });
  t.end();
});

t.test('formatTarget puts IPv6 alone into brackets', (t) => {
  t.equal(formatTarget('db', 1), 'db:1');
  t.equal(formatTarget('127.0.0.1', 1), '127.0.0.1:1');
  t.equal(formatTarget('::1', 1), '[::1]:1');
  t.end();
});

t.test('what parseTarget makes of any string is a reason, or one of the three forms and stable', (t) => {
  const near = fc.string({ unit: fc.constantFrom(...Array.from('aZ09.:-_[]/@%xn ')), maxLength: 30 });
  const port = fc.integer({ min: 1, max: 65535 });
  const named = fc
    .tuple(fc.string({ unit: fc.constantFrom(...Array.from('ab0x1.-_')), maxLength: 12 }), port)
    .map(([h, p]) => `${h}:${p}`);
  const ace = fc
    .tuple(fc.string({ unit: fc.constantFrom(...Array.from('abz019-')), maxLength: 12 }), port)
    .map(([h, p]) => `xn--${h}:${p}`);
  let targets = 0;
  const holds = (text: string): boolean => {
    const target = parseTarget(text);
    if (typeof target === 'string') return target !== '';
    targets++;
    const again = parseTarget(target.text);
    const isName =
      /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/.test(target.host) && !/(^|\.)(\d+|0x[\da-f]*)\.?$/.test(target.host);
    const isQuad = /^\d{1,3}(\.\d{1,3}){3}$/.test(target.host);
    const form = target.address === null ? isName : isQuad || parseIpv6(target.host) !== null;
    // An internationalized name is shown by the name that it stands for.
    const shown = !target.host.includes('xn--') || domainToUnicode(target.host) !== '';
    return form && shown && typeof again !== 'string' && again.text === target.text && again.port === target.port;
  };
  fc.assert(fc.property(fc.oneof(near, named, ace, fc.string({ unit: 'binary' })), holds), { numRuns: 20_000 });
  t.ok(targets > 1000, `${targets} of them were targets`);
  t.end();
});

t.test('no input takes long, however it is made to be read again and again', (t) => {
  const worst = [
    'a.'.repeat(130),
    '1'.repeat(260),
    ':'.repeat(266),
    '['.repeat(266),
    'xn--a.'.repeat(42),
    `${'0x'.repeat(126)}:1`,
  ];
  const began = performance.now();
  for (let round = 0; round < 100; round++) for (const text of worst) parseTarget(text);
  const eachMs = (performance.now() - began) / (100 * worst.length);
  t.ok(eachMs < 1, `${eachMs} ms each`);
  t.end();
});
