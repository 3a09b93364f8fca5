// Packets against bytes that others made: the RFC's own sum, and SYNs that a Linux kernel wrote.
import t from 'tap';
import { addressBytes, addressText } from '../support/lab/address.ts';
import { ACK, SYN, buildIcmpError, buildSegment, checksum, endsOf, parseSegment } from '../support/lab/packet.ts';

t.test('the checksum is that of RFC 1071, section 3', (t) => {
  t.equal(checksum(Buffer.from('0001f203f4f5f6f7', 'hex')), 0x220d);
  t.equal(
    checksum(Buffer.from('0001f2', 'hex')),
    0xffff & ~(0x0001 + 0xf200),
    'an odd last byte counts as the higher one',
  );
  t.equal(checksum(Buffer.from('ffff0001', 'hex')), 0xfffe, 'a carry goes around');
  t.end();
});

t.test('addresses are the same as bytes and as text', (t) => {
  const table: [string, string][] = [
    ['10.77.0.1', '0a4d0001'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['fd77::c8:1', 'fd770000000000000000000000c80001'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['fd77::', `fd77${'0'.repeat(28)}`],
  ];
  for (const [text, hex] of table) {
    t.equal(addressBytes(text).toString('hex'), hex);
    t.equal(addressText(Buffer.from(hex, 'hex')), text);
  }
  t.end();
});

const KERNEL_SYNS = {
  IPv4: '4500003c307040004006f4b00a4d00010a4d0101eb1412347584b25800000000a002faf01c580000020405b40402080af263038f000000000103030a',
  IPv6: '600c2dbb00280640fd770000000000000000000000000001fd770000000000000000000000010001ba861234a3edb99f00000000a002fd20f3480000020405a00402080a25470d26000000000103030a',
};

for (const [family, hex] of Object.entries(KERNEL_SYNS)) {
  const packet = Buffer.from(hex, 'hex');

  t.test(`${family}: a kernel's SYN is read, and its checksum agrees with ours`, (t) => {
    const segment = parseSegment(packet);
    t.match(segment, { destinationPort: 4660, flags: SYN, ack: 0, payloadBytes: 0 });
    t.type(segment?.timestamp, 'number');
    const { source, destination } = endsOf(packet);
    t.equal(addressText(source), family === 'IPv4' ? '10.77.0.1' : 'fd77::1');
    t.equal(addressText(destination), family === 'IPv4' ? '10.77.1.1' : 'fd77::1:1');
    const at = family === 'IPv4' ? 20 : 40;
    if (family === 'IPv4') t.equal(checksum(packet, 0, 20), 0);
    const pseudo = checksum(Buffer.concat([source, destination, Buffer.from([0, 6, 0, packet.length - at])]));
    t.equal(checksum(packet, at, packet.length, 0xffff & ~pseudo), 0);
    t.end();
  });

  t.test(`${family}: what is built is read again, and its checksums are right`, (t) => {
    const { source, destination } = endsOf(packet);
    const payload = Buffer.from('odd');
    const built = buildSegment({
      source,
      destination,
      sourcePort: 1,
      destinationPort: 65_535,
      seq: 2 ** 32 - 1,
      ack: 7,
      flags: SYN | ACK,
      window: 1,
      mss: 1400,
      timestamps: { value: 2 ** 32 - 2, echo: 3 },
      payload,
    });
    t.same(parseSegment(built), {
      sourcePort: 1,
      destinationPort: 65_535,
      seq: 2 ** 32 - 1,
      ack: 7,
      flags: SYN | ACK,
      timestamp: 2 ** 32 - 2,
      payloadBytes: 3,
    });
    const at = family === 'IPv4' ? 20 : 40;
    const pseudo = checksum(Buffer.concat([source, destination, Buffer.from([0, 6, 0, built.length - at])]));
    t.equal(checksum(built, at, built.length, 0xffff & ~pseudo), 0);
    t.equal(built.subarray(-3).toString(), 'odd');
    t.end();
  });

  t.test(`${family}: an ICMP error quotes the packet, cut to size, with its checksum`, (t) => {
    const { source, destination } = endsOf(packet);
    const at = family === 'IPv4' ? 20 : 40;
    const error = buildIcmpError({ type: 3, code: 13, source: destination, destination: source, about: packet });
    t.same([error[at], error[at + 1]], [3, 13]);
    t.same(error.subarray(at + 8), packet);
    t.equal(parseSegment(error), null, 'and is not TCP');
    const pseudo =
      family === 'IPv4'
        ? 0
        : 0xffff & ~checksum(Buffer.concat([source, destination, Buffer.from([0, 58, 0, error.length - at])]));
    t.equal(checksum(error, at, error.length, pseudo), 0);
    const long = buildIcmpError({ type: 3, code: 13, source, destination, about: Buffer.alloc(2000) });
    t.equal(long.length, family === 'IPv4' ? 576 : 1280);
    t.end();
  });

  t.test(`${family}: every stub of a packet, and other protocols, are nothing`, (t) => {
    for (let length = 0; length < packet.length; length += 1) t.equal(parseSegment(packet.subarray(0, length)), null);
    const udp = Buffer.from(packet);
    udp.writeUInt8(17, family === 'IPv4' ? 9 : 6);
    t.equal(parseSegment(udp), null);
    t.end();
  });
}
