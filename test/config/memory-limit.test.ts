// How much callers may make the process hold, by the limits that it runs under.
import t from 'tap';
import { maxHeldHere, maxHeldUnder } from '../../src/config/memory-limit.ts';

const MIB = 1024 * 1024;

t.test('what the process needs for itself is left out, and of the rest it is a part', (t) => {
  const rows: readonly (readonly [memoryMb: number, heapMb: number, wantedMb: number])[] = [
    [192, 4096, 32],
    [512, 4096, 160],
    [65_536, 176, 51],
    [65_536, 4144, 256],
    [65_536, 648, 240],
    [96, 4096, 8],
    [Infinity, 2096, 256],
  ];
  for (const [memory, heap, wanted] of rows)
    t.equal(maxHeldUnder(memory * MIB, heap * MIB), wanted, `${memory} ${heap}`);
  t.end();
});

t.test('this process has some', (t) => {
  t.ok(maxHeldHere() >= 8 && maxHeldHere() <= 256);
  t.end();
});
