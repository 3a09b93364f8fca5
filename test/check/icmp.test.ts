import t from 'tap';
import { describeIcmp } from '../../src/check/icmp.ts';

type Row = readonly [outcome: 'rejected' | 'unreachable', words: string];

/** RFC 792 and RFC 1812, section 5.2.7.1: type 3, by code. */
const V4: readonly Row[] = [
  ['unreachable', 'network reported unreachable'],
  ['unreachable', 'host reported unreachable'],
  ['unreachable', 'protocol reported unreachable'],
  ['rejected', 'port reported unreachable'],
  ['unreachable', 'fragmentation reported as needed'],
  ['unreachable', 'source route reported as failed'],
  ['unreachable', 'destination network reported unknown'],
  ['unreachable', 'destination host reported unknown'],
  ['unreachable', 'source host reported isolated'],
  ['rejected', 'network administratively prohibited'],
  ['rejected', 'host administratively prohibited'],
  ['unreachable', 'network reported unreachable for this type of service'],
  ['unreachable', 'host reported unreachable for this type of service'],
  ['rejected', 'communication administratively prohibited'],
  ['rejected', 'host precedence violation reported'],
  ['rejected', 'precedence cut off'],
];

/** RFC 4443, section 3.1, with RFC 6550 and RFC 8883: type 1, by code. */
const V6: readonly Row[] = [
  ['unreachable', 'no route to the destination reported'],
  ['rejected', 'communication administratively prohibited'],
  ['unreachable', 'destination reported beyond the scope of the source address'],
  ['unreachable', 'address reported unreachable'],
  ['rejected', 'port reported unreachable'],
  ['rejected', 'source address failed the ingress or egress policy'],
  ['rejected', 'route to the destination rejected'],
  ['unreachable', 'error in the source routing header reported'],
  ['unreachable', 'headers reported too long'],
];

for (const [family, type, rows] of [
  [4, 3, V4],
  [6, 1, V6],
] as const) {
  t.test(`IPv${family}, type ${type}: each code has its meaning, in the RFC’s words`, (t) => {
    rows.forEach(([outcome, words], code) => {
      t.same(describeIcmp(family, type, code), { outcome, words }, `code ${code}`);
    });
    t.end();
  });
}

t.test('the other errors are no way through, whatever their code', (t) => {
  const words = (family: 4 | 6, type: number, code: number): string => {
    const meaning = describeIcmp(family, type, code);
    t.equal(meaning.outcome, 'unreachable');
    return meaning.words;
  };
  t.equal(words(4, 11, 0), 'time to live reported as exceeded');
  t.equal(words(4, 11, 1), 'time to live reported as exceeded');
  t.equal(words(4, 12, 0), 'parameter problem reported');
  t.equal(words(6, 2, 0), 'packet reported as too big');
  t.equal(words(6, 3, 0), 'hop limit reported as exceeded');
  t.equal(words(6, 4, 2), 'parameter problem reported');
  t.end();
});

t.test('what has no name is called by its number, and is never a rejection', (t) => {
  t.same(describeIcmp(4, 3, 16), { outcome: 'unreachable', words: 'ICMP type 3 code 16 reported' });
  t.same(describeIcmp(6, 1, 9), { outcome: 'unreachable', words: 'ICMPv6 type 1 code 9 reported' });
  for (let type = 0; type < 256; type++) {
    for (const family of [4, 6] as const) {
      const { outcome, words } = describeIcmp(family, type, 255);
      t.equal(outcome, 'unreachable', `IPv${family} type ${type}`);
      t.not(words, '');
    }
  }
  t.end();
});

t.test('a number of one family is not read by the other’s table', (t) => {
  t.match(describeIcmp(4, 1, 1), { outcome: 'unreachable', words: 'ICMP type 1 code 1 reported' });
  t.match(describeIcmp(6, 3, 3), { outcome: 'unreachable', words: 'hop limit reported as exceeded' });
  t.end();
});
