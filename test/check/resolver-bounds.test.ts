// Whoever has a name can give it as many addresses as he likes. What one answer may hold, and all that are kept.
import t from 'tap';
import type { Lookup } from '../../src/check/lookup.ts';
import { MAX_ADDRESSES, Resolver } from '../../src/check/resolver.ts';
import { waiting } from '../support/inquiry.ts';

/** A resolver whose names have each as many addresses as the test says, each of them told twice. */
function build(count: (name: string) => number) {
  const asked: string[] = [];
  const resolver = new Resolver((name) => {
    asked.push(name);
    const found = Array.from({ length: count(name) }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, family: 4 }));
    return Promise.resolve([...found, ...found]);
  });
  const lookup = (name: string): Promise<Lookup> => resolver.lookup(name, 3000, waiting());
  return { asked, lookup };
}

t.test('a name with more than a thousand addresses is refused, as reachd’s own trouble', async (t) => {
  const { asked, lookup } = build((name) => (name === 'most.test' ? 1000 : 1001));
  t.equal(MAX_ADDRESSES, 1000);
  t.match(await lookup('most.test'), { answer: { length: 1000 } });
  t.same((await lookup('more.test')).answer, { code: 'too-many-addresses', local: true });
  t.match(await lookup('more.test'), { cached: true });
  t.same(asked, ['most.test', 'more.test']);
});

t.test('what is kept is bounded by its addresses too, and the oldest goes first', async (t) => {
  const { asked, lookup } = build((name) => (name === 'small.test' ? 1 : 1000));
  await lookup('first.test');
  for (let i = 0; i < 99; i++) await lookup(`name${i}.test`);
  t.match(await lookup('first.test'), { cached: true }, 'a hundred thousand are kept');
  await lookup('small.test');
  t.match(await lookup('small.test'), { cached: true });
  t.match(await lookup('first.test'), { cached: true });
  t.equal(asked.length, 101);
  t.match(await lookup('name0.test'), { cached: false });
});
