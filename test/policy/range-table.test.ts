import fc from 'fast-check';
import t from 'tap';
import { parseCidr } from '../../src/net/address.ts';
import type { Cidr } from '../../src/net/address.ts';
import { RangeTable } from '../../src/policy/range-table.ts';

function cidr(text: string): Cidr {
  const block = parseCidr(text);
  if (typeof block === 'string') throw new Error(`${text} ${block}`);
  return block;
}

function tableOf(...blocks: string[]): RangeTable<string> {
  return new RangeTable(
    blocks.map((text) => [cidr(text), text]),
    'none',
  );
}

t.test('an empty table answers with its otherwise', (t) => {
  t.equal(tableOf().find(0, 0, 0, 0), 'none');
  t.equal(tableOf().find(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff), 'none');
  t.end();
});

t.test('the longest prefix decides, in whatever order the blocks come', (t) => {
  const blocks = ['10.0.0.0/8', '10.1.0.0/16', '10.1.255.0/24', '10.0.0.0/32', '255.255.255.255/32'];
  for (const table of [tableOf(...blocks), tableOf(...blocks.toReversed())]) {
    t.equal(table.find(0x09ffffff, 0, 0, 0), 'none');
    t.equal(table.find(0x0a000000, 0, 0, 0), '10.0.0.0/32');
    t.equal(table.find(0x0a000001, 0, 0, 0), '10.0.0.0/8');
    t.equal(table.find(0x0a010000, 0, 0, 0), '10.1.0.0/16');
    t.equal(table.find(0x0a01ff07, 0, 0, 0), '10.1.255.0/24');
    t.equal(table.find(0x0a020000, 0, 0, 0), '10.0.0.0/8', 'two blocks end at one address');
    t.equal(table.find(0x0b000000, 0, 0, 0), 'none');
    t.equal(table.find(0xffffffff, 0, 0, 0), '255.255.255.255/32');
  }
  t.end();
});

t.test('every word of an IPv6 address counts', (t) => {
  const table = tableOf('1:1:1:1:1:1:1:1/128', '::/0');
  t.equal(table.find(0x10001, 0x10001, 0x10001, 0x10001), '1:1:1:1:1:1:1:1/128');
  for (const off of [0x10000, 0x10002]) {
    t.equal(table.find(off, 0x10001, 0x10001, 0x10001), '::/0');
    t.equal(table.find(0x10001, off, 0x10001, 0x10001), '::/0');
    t.equal(table.find(0x10001, 0x10001, off, 0x10001), '::/0');
    t.equal(table.find(0x10001, 0x10001, 0x10001, off), '::/0');
  }
  t.end();
});

t.test('of equal blocks the last one decides', (t) => {
  const table = new RangeTable<string>(
    ['first', 'last'].map((value) => [cidr('10.0.0.0/8'), value]),
    'none',
  );
  t.equal(table.find(0x0a000000, 0, 0, 0), 'last');
  t.equal(table.find(0x0aff0000, 0, 0, 0), 'last');
  t.equal(table.find(0x0b000000, 0, 0, 0), 'none');
  t.end();
});

t.test('any set of blocks gives what a scan for the longest prefix gives', (t) => {
  // Few bits vary, so that blocks nest, touch and repeat.
  const block = fc.tuple(fc.nat(15), fc.integer({ min: 0, max: 6 })).map(([bits, length]) => {
    const masked = length === 0 ? 0 : ((bits << 26) & (-1 << (32 - length))) >>> 0;
    return { first: masked, length, text: `${[24, 16, 8, 0].map((by) => (masked >>> by) & 0xff).join('.')}/${length}` };
  });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), fc.nat(63), (blocks, top) => {
      const key = ((top << 26) | 0x1234) >>> 0;
      const around = blocks.filter(({ first, length }) => Math.floor((key - first) / 2 ** (32 - length)) === 0);
      const longest = around.sort((one, other) => other.length - one.length)[0];
      return tableOf(...blocks.map(({ text }) => text)).find(key, 0, 0, 0) === (longest?.text ?? 'none');
    }),
    { numRuns: 3000 },
  );
  t.end();
});
