// JSON objects that name a key twice (RFC 8259, section 4: what a reader makes of them is anybody's guess). JSON.parse
// takes the last; a filter before us that judged the first has judged something else. One pass, strings skipped whole.

export type Path = readonly (string | number)[];

/** A container that the scan is inside of. */
interface Level {
  /** Of an object so far; null in an array. */
  readonly keys: Set<string> | null;
  /** Where the scan is: the key, or the index. */
  at: string | number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The path of the first key that its object has already; null when there is none. `json` must be valid JSON. */
export function findDuplicateKey(json: string): Path | null {
  const levels: Level[] = [];
  let level: Level | undefined;
  let isKeyNext = false;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfString(json, i);
        if (isKeyNext && level !== undefined) {
          level.at = readKey(json, i, end);
          if (level.keys?.has(level.at) === true) return levels.map(({ at }) => at);
          level.keys?.add(level.at);
          isKeyNext = false;
        }
        i = end;
        break;
      }
      case COMMA:
        if (typeof level?.at === 'number') level.at++;
        else isKeyNext = true;
        break;
      case OPEN_OBJECT:
        levels.push((level = { keys: new Set(), at: '' }));
        isKeyNext = true;
        break;
      case OPEN_ARRAY:
        levels.push((level = { keys: null, at: 0 }));
        isKeyNext = false;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        levels.pop();
        level = levels.at(-1);
        isKeyNext = false;
        break;
    }
  }
  return null;
}

/**
 * Where the quote is that ends the string which starts at `start`: the next one that an even run of backslashes precedes.
 * The text's length where there is none.
 */
export function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let first = end;
    while (json.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return json.length;
}

/** `"a"` and `"\u0061"` are the same key. */
function readKey(json: string, start: number, end: number): string {
  const raw = json.slice(start + 1, end);
  return raw.includes('\\') ? (JSON.parse(json.slice(start, end + 1)) as string) : raw;
}
