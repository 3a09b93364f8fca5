// Finds the value of the narrowest block around an address: makes disjoint ranges once from CIDR blocks that may nest, and
// searches them by bisection.
// An address is a key of 128 bits here, in four words; IPv4 uses the first word alone. A table holds one family.
// Looking up allocates nothing: it is done for every address that reachd is asked to connect to.
import type { Cidr } from '../net/address.ts';

const KEY_BITS = 128n;
const WORDS = 4;

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

export class RangeTable<T> {
  readonly #starts: DataView;
  readonly #values: readonly T[];
  readonly #otherwise: T;

  /** Where blocks nest, the longest prefix decides. Of equal blocks, the one listed last does. */
  constructor(blocks: readonly (readonly [block: Cidr, value: T])[], otherwise: T) {
    const starts: bigint[] = [];
    const values: T[] = [];
    const open: (Range & { value: T })[] = [];
    const startRange = (first: bigint, value: T): void => {
      if (starts.at(-1) === first) {
        values[values.length - 1] = value;
      } else {
        starts.push(first);
        values.push(value);
      }
    };
    const endRanges = (before: bigint): void => {
      for (let ending = open.at(-1); ending !== undefined && ending.last < before; ending = open.at(-1)) {
        open.pop();
        startRange(ending.last + 1n, open.at(-1)?.value ?? otherwise);
      }
    };
    // The first range starts at 0, so every key is in some range.
    startRange(0n, otherwise);
    const ranges = blocks.map(([block, value]) => ({ ...rangeOf(block), value }));
    for (const range of ranges.sort(outerFirst)) {
      endRanges(range.first);
      startRange(range.first, range.value);
      open.push(range);
    }
    // One past the last key of all is no start, so a range that ends there is left open.
    endRanges((1n << KEY_BITS) - 1n);
    this.#otherwise = otherwise;
    this.#values = values;
    this.#starts = new DataView(new ArrayBuffer(starts.length * WORDS * 4));
    starts.forEach((start, index) => {
      this.#starts.setBigUint64(index * 16, start >> 64n);
      this.#starts.setBigUint64(index * 16 + 8, BigInt.asUintN(64, start));
    });
  }

  /** The value of the narrowest block around the address with these words (unsigned, 32 bits each), or `otherwise`. */
  find(word0: number, word1: number, word2: number, word3: number): T {
    let low = 0;
    let high = this.#values.length;
    // Invariant: the range at `low` starts at or before the key, the one at `high` behind it.
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#startsBehind(middle * 16, word0, word1, word2, word3)) high = middle;
      else low = middle;
    }
    return this.#values[low] ?? this.#otherwise;
  }

  #startsBehind(at: number, word0: number, word1: number, word2: number, word3: number): boolean {
    const start0 = this.#starts.getUint32(at);
    if (start0 !== word0) return start0 > word0;
    const start1 = this.#starts.getUint32(at + 4);
    if (start1 !== word1) return start1 > word1;
    const start2 = this.#starts.getUint32(at + 8);
    if (start2 !== word2) return start2 > word2;
    return this.#starts.getUint32(at + 12) > word3;
  }
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.address.family !== inner.address.family) return false;
  const [around, within] = [rangeOf(outer), rangeOf(inner)];
  return around.first <= within.first && within.last <= around.last;
}

function rangeOf({ address, prefixLength }: Cidr): Range {
  const bits = BigInt(address.bytes.length * 8);
  const value = address.bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const first = value << (KEY_BITS - bits);
  return { first, last: first + (1n << (KEY_BITS - BigInt(prefixLength))) - 1n };
}

/** Blocks nest or are disjoint, so an outer one starts first, or together with its inner one and ends later. */
function outerFirst(one: Range, other: Range): number {
  return Number(one.first - other.first || other.last - one.last);
}
