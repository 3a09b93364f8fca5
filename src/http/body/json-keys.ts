// The keys of the objects that a scan is inside of: which of them an object has already, which poison a prototype, and the
// path to where the scan is. It is told of containers, commas and keys, and sees no other text.

export type Path = readonly (string | number)[];

export type KeyFault = { readonly kind: 'poison' } | { readonly kind: 'duplicate-key'; readonly path: Path };

/** The container that the scan is inside of at one depth; every container at that depth uses it in turn. */
interface Level {
  /** Which object this is, counted from 1 over the whole text; 0 for an array. */
  object: number;
  /** By key: the last object at this depth that had it. Clearing a set for each object would cost more. */
  readonly lastWith: Map<string, number>;
  /** Where the scan is in an object. */
  key: string;
  /** Where the scan is in an array. */
  index: number;
}

/** Keys that are remembered at one depth when a new object begins there; its own may come on top. */
const MAX_KEPT = 1024;

export class JsonKeys {
  readonly #levels: Level[] = [];
  #level: Level | undefined;
  #objects = 0;
  depth = 0;
  /** Whether the next string is a key. */
  isKeyNext = false;
  /** The first one; of a text that is not JSON it means nothing. */
  fault: KeyFault | null = null;

  /** Whether the container that the scan is in is the value of `key` in the outermost object. */
  isValueOf(key: string): boolean {
    const [outermost] = this.#levels;
    return this.depth === 2 && outermost?.object !== 0 && outermost?.key === key;
  }

  open(isObject: boolean): void {
    const level = (this.#levels[this.depth++] ??= {
      object: 0,
      lastWith: new Map<string, number>(),
      key: '',
      index: 0,
    });
    if (level.lastWith.size > MAX_KEPT) level.lastWith.clear();
    level.object = isObject ? ++this.#objects : 0;
    level.index = 0;
    level.key = '';
    this.#level = level;
    this.isKeyNext = isObject;
  }

  /** False where there is nothing to close. */
  close(): boolean {
    if (this.depth === 0) return false;
    this.#level = this.#levels[--this.depth - 1];
    this.isKeyNext = false;
    return true;
  }

  /** False where there is nothing to go on with. */
  next(): boolean {
    if (this.#level === undefined) return false;
    if (this.#level.object === 0) this.#level.index++;
    else this.isKeyNext = true;
    return true;
  }

  /** The key that `json` has between the quotes at `start` and `end`. False for an escape that JSON does not have. */
  read(json: string, start: number, end: number): boolean {
    this.isKeyNext = false;
    const level = this.#level;
    if (level === undefined) return true;
    const key = unescaped(json, start, end);
    if (key === null) return false;
    level.key = key;
    if (key === '__proto__' || (key === 'prototype' && this.#levels[this.depth - 2]?.key === 'constructor')) {
      this.fault ??= { kind: 'poison' };
    } else if (level.lastWith.get(key) === level.object) {
      this.fault ??= { kind: 'duplicate-key', path: pathOf(this.#levels.slice(0, this.depth)) };
    } else level.lastWith.set(key, level.object);
    return true;
  }
}

/** `"a"` and `"\u0061"` are the same key. Null for an escape that JSON does not have. */
function unescaped(json: string, start: number, end: number): string | null {
  const raw = json.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(json.slice(start, end + 1)) as string;
  } catch {
    return null;
  }
}

function pathOf(levels: readonly Level[]): Path {
  return levels.map(({ object, key, index }) => (object === 0 ? index : key));
}
