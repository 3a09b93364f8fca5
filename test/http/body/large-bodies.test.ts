// Large bodies are read in turns: what all senders together have on the way would fill a turn of the event loop.
import { PassThrough } from 'node:stream';
import t from 'tap';
import { memoryOf } from '../../../src/check/pool.ts';
import { Slices } from '../../../src/check/slices.ts';
import { LargeBodies } from '../../../src/http/body/large-bodies.ts';
import { readText } from '../../../src/http/body/read-text.ts';

const CHUNK = 64 * 1024;

function read(bytes: PassThrough, large: LargeBodies, limit = 100 * CHUNK): Promise<string> {
  const memory = memoryOf(100).open('caller');
  return new Promise((resolve, reject) => {
    readText(bytes, { headers: {} }, { limit, memory, large }, (error, text) => {
      if (error === null) resolve(text);
      else reject(error);
    });
  });
}

t.test('a turn of the event loop reads a few chunks of large bodies, and in the end all of them', async (t) => {
  const large = new LargeBodies(new Slices());
  let read1 = 0;
  const bodies = Array.from({ length: 30 }, () => new PassThrough({ highWaterMark: 20 * CHUNK }));
  for (const body of bodies) body.on('data', () => read1++);
  const texts = bodies.map((body) => read(body, large));
  for (const body of bodies) {
    for (let i = 0; i < 10; i++) body.write(Buffer.alloc(CHUNK, 'é'));
    body.end('x');
  }
  let most = 0;
  for (let before = read1; bodies.some((body) => !body.readableEnded); before = read1) {
    await new Promise(setImmediate);
    if (before > 2 * bodies.length) most = Math.max(most, read1 - before);
  }
  t.ok(most <= 20, `${most} chunks in a turn`);
  const [first = ''] = await Promise.all(texts);
  t.equal(first, `${'é'.repeat((10 * CHUNK) / 2)}x`, 'and a character that is cut in two is whole');
});

t.test('a small body is read as it comes', async (t) => {
  const body = new PassThrough();
  const text = read(body, new LargeBodies(new Slices()));
  for (const part of ['{"ta', 'rgets":', '["é"]}']) body.write(part);
  body.end();
  t.equal(await text, '{"targets":["é"]}');
});

t.test('what is too large is refused while it is read, and the rest is read and not kept', async (t) => {
  const body = new PassThrough();
  const text = read(body, new LargeBodies(new Slices()), 3 * CHUNK);
  const refused = t.rejects(text, { code: 'payload-too-large' });
  for (let i = 0; i < 10; i++) {
    if (!body.write(Buffer.alloc(CHUNK))) await new Promise((resolve) => body.once('drain', resolve));
  }
  body.end();
  await refused;
  while (!body.readableEnded) await new Promise(setImmediate);
  t.pass();
});
