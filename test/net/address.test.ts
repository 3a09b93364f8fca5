import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { formatAddress, parseAddress, parseCidr, parseIpv4, parseIpv6 } from '../../src/net/address.ts';

const octets = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** Groups that are often zero, so that runs of zeros of every length and place come up. */
const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 });
const runs = { numRuns: 5000 };

function bytesOf(words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

t.test('parseIpv4 reads every canonical dotted quad as its bytes', (t) => {
  fc.assert(
    fc.property(octets, (bytes) => {
      const text = [...bytes].map(String).join('.');
      const address = parseIpv4(text);
      return address?.family === 4 && address.text === text && Buffer.compare(address.bytes, bytes) === 0;
    }),
    runs,
  );
  t.end();
});

t.test('parseIpv4 accepts exactly what net.isIPv4 accepts', (t) => {
  const almost = fc.stringMatching(/^[0-9]{0,3}(\.[0-9]{0,4}){2,4}$/);
  const anyDigits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789. x٣')), maxLength: 18 });
  fc.assert(
    fc.property(fc.oneof(almost, anyDigits), (text) => (parseIpv4(text) !== null) === isIPv4(text)),
    runs,
  );
  t.end();
});

t.test('parseIpv4 refuses what inet_aton(3) would read in its own way', (t) => {
  const odd = [
    '127.1',
    '1.2.3',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4.',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.00',
    '0x7f.0.0.1',
  ];
  const more = [
    '2130706433',
    '1.2.3.256',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.4\0',
    '1.2.3.-4',
    '+1.2.3.4',
    '1,2,3,4',
    '',
    '....',
  ];
  for (const text of [...odd, ...more, '１２７.0.0.1', '1.2.3.4/32', '1.2.3.4:80'])
    t.equal(parseIpv4(text), null, text);
  t.end();
});

t.test('parseIpv6 accepts exactly what net.isIPv6 accepts, but for zones', (t) => {
  const group = fc.stringMatching(/^[0-9a-fA-F]{0,5}$/);
  const joined = fc.array(group, { minLength: 2, maxLength: 10 }).map((parts) => parts.join(':'));
  const withQuad = fc
    .tuple(joined, fc.constantFrom('1.2.3.4', '1.2.3', '255.255.255.256', '01.2.3.4'))
    .map((p) => p.join(':'));
  const anything = fc.string({ unit: fc.constantFrom(...Array.from('01aF:::.g%')), maxLength: 48 });
  fc.assert(
    fc.property(
      fc.oneof(joined, withQuad, anything),
      (text) => (parseIpv6(text) !== null) === (isIPv6(text) && !text.includes('%')),
    ),
    { numRuns: 20_000 },
  );
  t.equal(parseIpv6('fe80::1%eth0'), null);
  t.end();
});

t.test('parseIpv6 reads what formatAddress writes, and net.isIPv6 agrees that it is an address', (t) => {
  fc.assert(
    fc.property(groups, (words) => {
      const bytes = bytesOf(words);
      const text = formatAddress(bytes);
      const address = parseIpv6(text);
      return isIPv6(text) && address?.text === text && Buffer.compare(address.bytes, bytes) === 0;
    }),
    runs,
  );
  t.end();
});

t.test('formatAddress agrees with the canonical spelling of the WHATWG URL parser', (t) => {
  fc.assert(
    fc.property(groups, (words) => {
      const full = words.map((word) => word.toString(16)).join(':');
      const text = formatAddress(bytesOf(words));
      // A URL writes an IPv4-mapped address in hexadecimal, RFC 5952 section 5 recommends the dotted quad.
      return text.includes('.') || new URL(`http://[${full}]/`).hostname === `[${text}]`;
    }),
    runs,
  );
  t.end();
});

const SPELLINGS: readonly (readonly [written: string, canonical: string])[] = [
  ['::', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['2001:DB8::0001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['fe80::', 'fe80::'],
  ['::ffff:c000:201', '::ffff:192.0.2.1'],
  ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
  ['::192.0.2.1', '::c000:201'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['1::ffff:1.2.3.4', '1::ffff:102:304'],
];
for (const [written, canonical] of SPELLINGS) {
  t.test(`${written} is written as ${canonical}`, (t) => {
    t.equal(parseAddress(written)?.text, canonical);
    t.equal(parseAddress(written)?.family, 6);
    t.end();
  });
}

t.test('parseIpv6 refuses what is not one address', (t) => {
  const odd = [
    '',
    ':',
    ':::',
    '1',
    '1:2',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:',
  ];
  const more = [
    ':1::',
    '12345::',
    '::g',
    '[::1]',
    '::1 ',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:1',
    '1:2:3:4:5:6:7:1.2.3.4',
  ];
  for (const text of [...odd, ...more, '1.2.3.4', '::1\0', '::1/128', '0'.repeat(50)])
    t.equal(parseIpv6(text), null, text);
  t.end();
});

t.test('parseAddress takes either family', (t) => {
  t.match(parseAddress('127.0.0.1'), { family: 4, text: '127.0.0.1' });
  t.match(parseAddress('::1'), { family: 6, text: '::1' });
  t.equal(parseAddress('localhost'), null);
  t.end();
});

t.test('formatAddress reads a window of a larger buffer, and refuses other sizes', (t) => {
  const message = Uint8Array.from([9, 9, 9, ...bytesOf([0xfe80, 0, 0, 0, 0, 0, 0, 1]), 9]);
  t.equal(formatAddress(message.subarray(3, 19)), 'fe80::1');
  t.equal(formatAddress(Buffer.from([127, 0, 0, 1])), '127.0.0.1');
  t.throws(() => formatAddress(new Uint8Array(5)), new RangeError('an address has 4 or 16 bytes, not 5'));
  t.end();
});

t.test('parseCidr reads a block and writes it canonically', (t) => {
  t.match(parseCidr('10.0.0.0/8'), { address: { family: 4 }, prefixLength: 8, text: '10.0.0.0/8' });
  t.match(parseCidr('FD00:0::/8'), { address: { family: 6 }, prefixLength: 8, text: 'fd00::/8' });
  t.match(parseCidr('0.0.0.0/0'), { prefixLength: 0 });
  t.match(parseCidr('::1/128'), { prefixLength: 128 });
  t.match(parseCidr('192.168.128.0/17'), { prefixLength: 17 });
  t.end();
});

t.test('parseCidr says what is wrong', (t) => {
  const notOne = 'is not an IPv4 or IPv6 address with a prefix length, such as 10.0.0.0/8';
  t.equal(parseCidr('10.0.0/8'), notOne);
  t.equal(parseCidr(''), notOne);
  t.equal(parseCidr('db.internal/8'), notOne);
  t.equal(parseCidr('10.0.0.1'), 'has no prefix length: write 10.0.0.1/32 for this one address');
  t.equal(parseCidr('::1'), 'has no prefix length: write ::1/128 for this one address');
  for (const length of ['33', '', '08', '-1', '8 ', '1e1', '8/8', '4294967304']) {
    t.equal(parseCidr(`10.0.0.0/${length}`), 'has a prefix length that is not an integer from 0 to 32', length);
  }
  t.equal(parseCidr('::/129'), 'has a prefix length that is not an integer from 0 to 128');
  t.equal(parseCidr('10.1.0.0/8'), 'has host bits set: write 10.0.0.0/8');
  t.equal(parseCidr('10.0.0.1/31'), 'has host bits set: write 10.0.0.0/31');
  t.equal(parseCidr('2001:db8::1/64'), 'has host bits set: write 2001:db8::/64');
  t.equal(parseCidr('0.0.0.1/0'), 'has host bits set: write 0.0.0.0/0');
  t.end();
});
