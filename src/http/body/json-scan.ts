// Finds what JSON.parse accepts and reachd does not, before anything is parsed: too deep nesting, more values than a request
// can need, keys that are there twice or poison a prototype. And it finds the items of a request's one long list, so that
// they can be parsed one by one. It makes one pass, in steps of any length, and skips strings whole. It gives up where the
// text cannot be JSON, because the parser refuses the text there or earlier.
import { performance } from 'node:perf_hooks';
import { JsonKeys, type KeyFault, type Path } from './json-keys.ts';

export type ScanFault =
  | KeyFault
  | { readonly kind: 'too-deep' | 'too-many-items' }
  /** In one item of the list, or in all that is not in the list; then the path is empty. */
  | { readonly kind: 'too-many-values' | 'too-long'; readonly path: Path };

export interface ScanLimits {
  /** Objects and arrays inside one another. */
  readonly maxDepth: number;
  /** Of each item, and of the rest: so many fields and items in all, and so many characters. */
  readonly maxValues: number;
  readonly maxItemLength: number;
  readonly maxRestLength: number;
  /** The field of the outermost object whose items are found; null: none is looked for. */
  readonly list: string | null;
  readonly maxItems: number;
}

/** The list that was looked for. */
export interface List {
  /** Where its brackets are. */
  readonly start: number;
  end: number;
  /** Where each item starts; it ends before the comma in front of the next one, or before the closing bracket. */
  readonly starts: number[];
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Characters and strings between two looks at the clock. */
const UNWATCHED = 8192;
/** Any number of values of any length. */
const DEPTH_ALONE = {
  maxValues: Infinity,
  maxItemLength: Infinity,
  maxRestLength: Infinity,
  list: null,
  maxItems: Infinity,
};

/** The fault of a short text, null when there is none. A key that is there twice means nothing where the text is not JSON. */
export function scanJson(json: string, maxDepth: number): ScanFault | null {
  const scan = new JsonScan(json, { ...DEPTH_ALONE, maxDepth });
  scan.run(Infinity);
  return scan.fault;
}

export class JsonScan {
  readonly #json: string;
  readonly #limits: ScanLimits;
  readonly #keys = new JsonKeys();
  #at = 0;
  /** Where the string starts that the scan is in, or -1; and from where its end is looked for. */
  #string = -1;
  #from = 0;
  /** Of the item, or of the rest, that the scan is in. */
  #values = 0;
  /** Those of the rest, while the scan is in the list. */
  #valuesOfRest = 0;
  #isInList = false;
  #isBroken = false;
  /** Why the text must not be parsed: it would take too long. */
  refusal: ScanFault | null = null;
  list: List | null = null;

  constructor(json: string, limits: ScanLimits) {
    this.#json = json;
    this.#limits = limits;
  }

  /** What is wrong with the text; null when nothing is, or when it is not JSON. */
  get fault(): ScanFault | null {
    return this.refusal ?? this.#keys.fault;
  }

  /** Whether the text, which was scanned to the end, is certainly not JSON. */
  get isBroken(): boolean {
    return this.#isBroken || this.#keys.depth > 0 || this.#string >= 0;
  }

  /** Scans on until `until` (of performance.now()) or a little after. Returns whether there is more to scan. */
  run(until: number): boolean {
    for (;;) {
      for (let i = 0; i < UNWATCHED; i++) {
        if (this.#at >= this.#json.length || this.#isBroken || this.refusal !== null) return this.#finish();
        if (this.#string >= 0) this.#readString();
        else if (this.#read(this.#json.charCodeAt(this.#at))) this.#at++;
        else this.#isBroken = true;
      }
      if (performance.now() >= until) return true;
    }
  }

  /** One character outside of strings. False where the text cannot be JSON. */
  #read(character: number): boolean {
    switch (character) {
      case QUOTE:
        this.#string = this.#at;
        this.#from = this.#at + 1;
        return true;
      case COMMA:
        if (!this.#keys.next()) return false;
        if (this.#isInList && this.#keys.depth === 2) this.#startItem();
        else this.#count();
        return true;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        this.#open(character === OPEN_OBJECT);
        return true;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        if (this.#isInList && this.#keys.depth === 2) this.#endList();
        return this.#keys.close();
      default:
        return true;
    }
  }

  #open(isObject: boolean): void {
    const { maxDepth, list } = this.#limits;
    if (this.#keys.depth === maxDepth) {
      this.refusal = { kind: 'too-deep' };
      return;
    }
    this.#keys.open(isObject);
    this.#count();
    if (list === null || isObject || this.list !== null || !this.#keys.isValueOf(list)) return;
    this.list = { start: this.#at, end: this.#json.length, starts: [] };
    this.#isInList = true;
    this.#valuesOfRest = this.#values;
    this.#startItem();
  }

  #startItem(): void {
    const { starts = [] } = this.list ?? {};
    if (starts.length > 0) this.#endItem();
    if (starts.length === this.#limits.maxItems) this.refusal ??= { kind: 'too-many-items' };
    starts.push(this.#at + 1);
    this.#values = 0;
  }

  #endItem(): void {
    const length = this.#at - (this.list?.starts.at(-1) ?? 0);
    if (length > this.#limits.maxItemLength) this.refusal ??= { kind: 'too-long', path: this.#place };
  }

  #endList(): void {
    this.#endItem();
    if (this.list !== null) this.list.end = this.#at;
    this.#isInList = false;
    this.#values = this.#valuesOfRest;
  }

  #count(): void {
    if (++this.#values > this.#limits.maxValues) this.refusal ??= { kind: 'too-many-values', path: this.#place };
  }

  /** The path of the item that the scan is in; empty outside of the list. */
  get #place(): Path {
    return this.#isInList ? [this.#limits.list ?? '', (this.list?.starts.length ?? 1) - 1] : [];
  }

  /** Looks once for the end of the string: the next quote that an even run of backslashes precedes. */
  #readString(): void {
    const end = this.#json.indexOf('"', this.#from);
    this.#limitLength(end);
    if (this.refusal !== null) return;
    let first = end;
    while (this.#json.charCodeAt(first - 1) === BACKSLASH) first--;
    if (end < 0) {
      this.#isBroken = true;
    } else if ((end - first) % 2 === 0) {
      if (this.#keys.isKeyNext && !this.#keys.read(this.#json, this.#string, end)) this.#isBroken = true;
      this.#string = -1;
      this.#at = end + 1;
    } else this.#from = end + 1;
  }

  /** A key is read, and backslashes are counted: of a string of any length that would take too long. */
  #limitLength(end: number): void {
    const { maxItemLength, maxRestLength } = this.#limits;
    const isTooLong = end - this.#string > (this.#isInList ? maxItemLength : maxRestLength);
    if (isTooLong) this.refusal = { kind: 'too-long', path: this.#place };
  }

  /** False: there is nothing more to scan. */
  #finish(): false {
    const rest = this.#json.length - (this.list === null ? 0 : this.list.end - this.list.start);
    if (!this.isBroken && rest > this.#limits.maxRestLength) this.refusal ??= { kind: 'too-long', path: [] };
    return false;
  }
}
