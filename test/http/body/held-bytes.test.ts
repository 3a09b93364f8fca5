import fc from 'fast-check';
import t from 'tap';
import { Blocks, HeldBytes } from '../../../src/http/body/held-bytes.ts';
import { stopTime } from '../../support/fake-time.ts';

const KIB = 1024;

/** Counts the blocks that are out. */
class CountedBlocks extends Blocks {
  out = 0;

  override take(): Buffer {
    this.out++;
    return super.take();
  }

  override giveBack(block: Buffer): void {
    this.out--;
    super.giveBack(block);
  }
}

/** As readText has it, `ms` a slice. */
function textOf(held: HeldBytes, ms = Infinity): { text: string; slices: number } {
  if (!held.isLarge) return { text: held.text(), slices: 1 };
  const texts: string[] = [];
  const step = held.decoding((text) => texts.push(text));
  let slices = 1;
  while (step(performance.now() + ms)) slices++;
  return { text: texts.join(), slices };
}

t.test('the text is that of all its chunks, however a body is cut, and no block stays out', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 * KIB }), { minLength: 1, maxLength: 12 }), (lengths) => {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      const bytes = Buffer.from('aé€😀'.repeat(Math.ceil(total / 10)));
      const text = bytes.toString('utf8', 0, total);
      const blocks = new CountedBlocks();
      const held = new HeldBytes(blocks);
      let from = 0;
      for (const length of lengths) held.add(bytes.subarray(from, (from += length)));
      return held.length === total && textOf(held).text === text && blocks.out === 0;
    }),
    { numRuns: 60 },
  );
  t.end();
});

t.test('a large body is decoded block by block, each of which is given back at once', (t) => {
  const blocks = new CountedBlocks();
  const held = new HeldBytes(blocks);
  for (let i = 0; i < 20; i++) held.add(Buffer.alloc(64 * KIB, 'x'));
  const all = blocks.out;
  t.ok(all >= 10);
  const step = held.decoding(() => undefined);
  t.equal(step(0), true);
  t.equal(blocks.out, all - 1);
  held.clear();
  t.equal(blocks.out, 0, 'and its end in the middle leaves none behind');
  t.equal(step(Infinity), false);
  t.end();
});

t.test('blocks are used again, and let go when they have not been needed for a while', async (t) => {
  const time = stopTime(t);
  const blocks = new Blocks();
  const [one, two] = [blocks.take(), blocks.take()];
  blocks.giveBack(one);
  await time.advance(5000);
  t.equal(blocks.take(), one);
  blocks.giveBack(one);
  await time.advance(60_000);
  t.not(blocks.take(), one, 'though another one is out all the time');
  blocks.giveBack(two);
  await time.advance(60_000);
  t.not(blocks.take(), two);
});

t.test('what is held of large bodies is nothing to V8', (t) => {
  const { external } = process.memoryUsage();
  const held = new HeldBytes(new Blocks());
  // Where Node frees what was copied, a chunk is there once.
  const isFreed = 'transfer' in ArrayBuffer.prototype;
  const chunk = Buffer.alloc(64 * KIB);
  for (let i = 0; i < 800; i++) held.add(isFreed ? Buffer.alloc(64 * KIB) : chunk);
  const more = process.memoryUsage().external - external;
  t.ok(more < 4 * KIB * KIB, `${more} of 50 MB`);
  held.clear();
  t.end();
});
