// The order in which the addresses of a name are tried.
import fc from 'fast-check';
import t from 'tap';
import { interleave } from '../../src/check/race.ts';
import { formatAddress, type Address } from '../../src/net/address.ts';
import { address } from '../support/fake-reactor.ts';

const [A, B, C] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const;

t.test('families take turns, beginning with the first one’s, each in its own order', (t) => {
  const turns = (...texts: string[]): string[] => interleave(texts.map(address)).map(({ text }) => text);
  t.same(turns(), []);
  t.same(turns('::1', '::2', '::3', A, B), ['::1', A, '::2', B, '::3']);
  t.same(turns(A, '::1', '::2', '::3'), [A, '::1', '::2', '::3']);
  t.same(turns(A, B, '::1', C), [A, '::1', B, C]);
  t.same(turns(B, A), [B, A]);
  t.end();
});

t.test('interleaving loses nothing, adds nothing, and alternates while both families last', (t) => {
  const family = fc.constantFrom<4 | 6>(4, 6);
  const holds = fc.property(fc.array(family, { maxLength: 100 }), (families) => {
    const given = families.map((family, i) => numbered(family, i));
    const turns = interleave(given);
    const both = 2 * Math.min(...[4, 6].map((family) => families.filter((one) => one === family).length));
    return (
      [4, 6].every((family) => same(ofFamily(turns, family), ofFamily(given, family))) &&
      turns.length === given.length &&
      turns[0] === given[0] &&
      turns.slice(1, both).every((address, i) => address.family !== turns[i]?.family)
    );
  });
  t.doesNotThrow(() => fc.assert(holds));
  t.end();
});

function numbered(family: 4 | 6, number: number): Address {
  const bytes = new Uint8Array(family === 4 ? 4 : 16).fill(number, -1);
  return { family, bytes, text: formatAddress(bytes) };
}

function ofFamily(addresses: readonly Address[], family: number): readonly Address[] {
  return addresses.filter((address) => address.family === family);
}

function same(one: readonly Address[], other: readonly Address[]): boolean {
  return one.length === other.length && one.every((address, i) => address === other[i]);
}
