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
  const blocks = new CountedBlocks();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 * KIB }), { minLength: 1, maxLength: 12 }), (lengths) => {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      const bytes = Buffer.from('aé€😀'.repeat(Math.ceil(total / 10)));
      const held = new HeldBytes(blocks);
      let from = 0;
      for (const length of lengths) held.add(bytes.subarray(from, (from += length)));
      const whole = bytes.subarray(0, from);
      return held.length === from && textOf(held).text === whole.toString() && blocks.out === 0;
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

t.test('blocks are used again, and let go when nobody has had one for a while', async (t) => {
  const time = stopTime(t);
  const blocks = new Blocks();
  const [one, two] = [blocks.take(), blocks.take()];
  blocks.giveBack(one);
  await time.advance(60_000);
  t.equal(blocks.take(), one, 'while another one is out');
  blocks.giveBack(one);
  blocks.giveBack(two);
  t.equal(blocks.take(), two);
  await time.advance(60_000);
  blocks.giveBack(two);
  await time.advance(60_000);
  t.notOk([one, two].includes(blocks.take()));
});

t.test('what is held of large bodies is nothing to V8', (t) => {
  const { external } = process.memoryUsage();
  const held = new HeldBytes(new Blocks());
  for (let i = 0; i < 800; i++) held.add(Buffer.alloc(64 * KIB));
  const more = process.memoryUsage().external - external;
  // Before Node 21 what was copied is garbage, which V8 collects beyond 64 MB.
  t.ok(more < ('transfer' in ArrayBuffer.prototype ? 1 : 80) * KIB * KIB, `${more} of 50 MB`);
  held.clear();
  t.end();
});
