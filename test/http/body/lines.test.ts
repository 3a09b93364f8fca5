// Bytes → lines: however a body is cut into pieces, its lines are the same.
import fc from 'fast-check';
import t from 'tap';
import { type Line, LineReader } from '../../../src/http/body/lines.ts';

const MAX = 16;

/** The lines of `pieces`; with `eager`, each is read as soon as it is there. */
function linesOf(pieces: readonly Uint8Array[], eager: boolean, maxBytes = MAX): Line[] {
  const reader = new LineReader(maxBytes);
  const lines: Line[] = [];
  const read = (): void => {
    for (let line = reader.next(); line !== null; line = reader.next()) lines.push(line);
  };
  for (const piece of pieces) {
    reader.add(piece);
    if (eager) read();
  }
  reader.end();
  read();
  if (!reader.isDone || reader.heldBytes !== 0) throw new Error('something is left');
  return lines;
}

/** `bytes` cut at `cuts`. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
}

const text = (line: string) => ({ text: line, fault: null });

t.test('lines end with LF or CRLF; the last needs neither', (t) => {
  t.same(linesOf([Buffer.from('a:1\r\n\nb:2\n\r\nc\r:3')], true), ['a:1', '', 'b:2', '', 'c\r:3'].map(text));
  t.same(linesOf([Buffer.from('a:1\n')], true), [text('a:1')]);
  t.same(linesOf([], true), []);
  t.same(linesOf([Buffer.from('\n')], true), [text('')]);
  t.end();
});

t.test('a byte order mark before the first line is none of it; a later one is', (t) => {
  t.same(linesOf([Buffer.from('\ufeffa:1\n\ufeffb:2')], true), [text('a:1'), text('\ufeffb:2')]);
  t.end();
});

t.test('a line that is too long has its beginning, and the next one is whole', (t) => {
  const long = 'x'.repeat(MAX + 1);
  const fits = 'y'.repeat(MAX);
  t.same(linesOf([Buffer.from(`${long}\n${fits}\r\n${fits}\r!\nz`)], true), [
    { text: long.slice(1), fault: 'too-long' },
    text(fits),
    { text: fits, fault: 'too-long' },
    text('z'),
  ]);
  t.end();
});

t.test('what is not UTF-8 is a fault of its line alone', (t) => {
  const bytes = Buffer.concat([Buffer.from('ä:1\n'), Buffer.from([0xff, 0x0a]), Buffer.from('\ufffd:2')]);
  t.match(linesOf([bytes], true), [text('ä:1'), { fault: 'not-utf8' }, text('\ufffd:2')]);
  t.end();
});

t.test('however the bytes are cut, the lines are the same', (t) => {
  const byte = fc.constantFrom(0x0a, 0x0d, 0x61, 0x62, 0xc3, 0xa4, 0xff);
  const body = fc.array(byte, { maxLength: 200 }).map((bytes) => Uint8Array.from(bytes));
  const holds = fc.property(body, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (bytes, cuts, eager) => {
    t.same(linesOf(cut(bytes, cuts), eager), linesOf([bytes], false));
  });
  fc.assert(holds);
  t.end();
});

t.test('lines go over from one block of memory to the next', (t) => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `10.0.0.${i % 256}:${i + 1}`);
  const bytes = Buffer.from(lines.join('\n'));
  for (const size of [1000, 65_536, 100_000]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    for (const eager of [true, false]) t.same(linesOf(pieces, eager, 8192), lines.map(text));
  }
  t.match(linesOf([Buffer.alloc(200_000, 'x'), Buffer.from('\na:1')], false, 8192), [
    { fault: 'too-long' },
    text('a:1'),
  ]);
  t.end();
});

t.test('pieces of one byte take no more memory than whole ones', (t) => {
  const reader = new LineReader(MAX);
  for (let i = 0; i < 100_000; i++) reader.add(Uint8Array.of(0x61));
  t.equal(reader.heldBytes, 2 * 65_536);
  t.end();
});
