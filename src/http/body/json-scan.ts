// Finds what JSON.parse accepts and reachd does not: too deep nesting, and an object with a key twice. It makes one pass
// before the parser and skips strings whole. It gives up where the text cannot be JSON, because the parser refuses the text
// there or earlier.

export type Path = readonly (string | number)[];

export type ScanFault = { readonly kind: 'too-deep' } | { readonly kind: 'duplicate-key'; readonly path: Path };

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

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * `too-deep` as soon as `json` nests more than `maxDepth` objects and arrays: it must not be parsed, because JSON.parse
 * makes a stack of ten million brackets for most of a second, on the thread that all callers share. Otherwise the path
 * of the first key that its object has already (RFC 8259, section 4: JSON.parse takes the last, a filter before us may
 * have judged the first); of a text that is not JSON it means nothing. Null when there is neither.
 */
export function scanJson(json: string, maxDepth: number): ScanFault | null {
  const levels: Level[] = [];
  let depth = 0;
  let level: Level | undefined;
  let objects = 0;
  let isKeyNext = false;
  let duplicate: ScanFault | null = null;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfString(json, i);
        if (isKeyNext && level !== undefined && duplicate === null) {
          const key = readKey(json, i, end);
          if (key === null) return null;
          level.key = key;
          if (level.lastWith.get(key) === level.object) duplicate = duplicateAt(levels.slice(0, depth));
          else level.lastWith.set(key, level.object);
        }
        isKeyNext = false;
        i = end;
        break;
      }
      case COMMA:
        if (level === undefined) return null;
        if (level.object === 0) level.index++;
        else isKeyNext = true;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (depth === maxDepth) return { kind: 'too-deep' };
        isKeyNext = json.charCodeAt(i) === OPEN_OBJECT;
        level = levels[depth++] ??= { object: 0, lastWith: new Map<string, number>(), key: '', index: 0 };
        level.object = isKeyNext ? ++objects : 0;
        level.index = 0;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        if (depth === 0) return null;
        level = levels[--depth - 1];
        isKeyNext = false;
        break;
    }
  }
  return duplicate;
}

/**
 * Where the quote is that ends the string which starts at `start`: the next one that an even run of backslashes precedes.
 * The text's length where there is none.
 */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let first = end;
    while (json.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return json.length;
}

/** `"a"` and `"\u0061"` are the same key. Null for an escape that JSON does not have. */
function readKey(json: string, start: number, end: number): string | null {
  const raw = json.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(json.slice(start, end + 1)) as string;
  } catch {
    return null;
  }
}

function duplicateAt(levels: readonly Level[]): ScanFault {
  return { kind: 'duplicate-key', path: levels.map(({ object, key, index }) => (object === 0 ? index : key)) };
}
