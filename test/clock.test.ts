import t from 'tap';
import { timestamp } from '../src/clock.ts';

t.test('the wall clock is told as it is at each moment', (t) => {
  const texts = new Set<string>();
  for (const last = Date.now() + 5000; texts.size < 10 && Date.now() < last;) {
    const before = Date.now();
    const text = timestamp();
    const after = Date.now();
    texts.add(text);
    const told = Date.parse(text);
    if (told < before || told > after || new Date(told).toISOString() !== text) t.fail(`${text} at ${before}`);
  }
  t.equal(texts.size, 10, 'it goes on');
  t.end();
});
