import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { readSockaddr, SOCKADDR_SIZE, writeSockaddr } from '../../native-bindings/sockaddr.ts';

const IN6 = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd, 0xef, 0x01);

// ip(7) and ipv6(7): family in host order, port and address in network order.
const TABLE = [
  ['127.0.0.1:80', 4, [127, 0, 0, 1], 80, '0200 0050 7f000001 0000000000000000'],
  ['255.1.2.3:65535', 4, [255, 1, 2, 3], 65535, '0200 ffff ff010203 0000000000000000'],
  ['0.0.0.0:0', 4, [0, 0, 0, 0], 0, '0200 0000 00000000 0000000000000000'],
  ['[2001:db8::abcd:ef01]:443', 6, [...IN6], 443, '0a00 01bb 00000000 20010db80000000000000000abcdef01 00000000'],
] as const;

for (const [name, family, bytes, port, layout] of TABLE) {
  t.test(`${name} is laid out as its man page says`, (t) => {
    const into = new Uint8Array(SOCKADDR_SIZE).fill(0xee);
    const size = writeSockaddr(into, family, Uint8Array.from(bytes), 0, port);
    t.equal(Buffer.from(into.subarray(0, size)).toString('hex'), layout.replaceAll(' ', ''));
    t.end();
  });
}

const address = fc.oneof(
  fc.record({ family: fc.constant(4 as const), bytes: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  fc.record({ family: fc.constant(6 as const), bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
);

t.test('what is written is read back, from any offset, over anything that stood there', (t) => {
  const anything = fc.uint8Array({ minLength: SOCKADDR_SIZE, maxLength: SOCKADDR_SIZE });
  fc.assert(
    fc.property(address, fc.nat(65535), fc.nat(40), anything, ({ family, bytes }, port, offset, into) => {
      const around = new Uint8Array(offset + bytes.length + 3).fill(0x5a);
      around.set(bytes, offset);
      const size = writeSockaddr(into, family, around, offset, port);
      assert.equal(size, family === 4 ? 16 : 28);
      assert.deepEqual(readSockaddr(into), { family, bytes, port });
    }),
  );
  t.end();
});

t.test('the address that is read is a copy', (t) => {
  const into = new Uint8Array(SOCKADDR_SIZE);
  writeSockaddr(into, 4, Uint8Array.of(127, 0, 0, 1), 0, 80);
  const read = readSockaddr(into);
  into.fill(0);
  t.same(read?.bytes, Uint8Array.of(127, 0, 0, 1));
  t.end();
});

t.test('another family, or none, is null', (t) => {
  t.equal(readSockaddr(new Uint8Array(SOCKADDR_SIZE)), null, 'AF_UNSPEC');
  t.equal(readSockaddr(Uint8Array.of(1, 0, 47, 120)), null, 'AF_UNIX');
  t.equal(readSockaddr(Uint8Array.of(2, 1, 0, 80, 127, 0, 0, 1)), null, 'the family is two bytes');
  t.equal(readSockaddr(new Uint8Array(0)), null);
  t.end();
});
