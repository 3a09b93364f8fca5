// Tells the caller where a text stops being JSON (RFC 8259). JSON.parse's message changes with Node's version, quotes the
// text at length, and gives no position for a stray comma. jsonc-parser recurses, reads on after the first error, and
// points at a whole string or number where one character is wrong. This makes one pass without recursion, and only over
// text that JSON.parse has refused.

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// eslint-disable-next-line no-control-regex -- what a string must not hold as it is
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** What is wrong and where, with one character of the text at the most; null for valid JSON. Lines and columns start at 1. */
export function describeSyntaxError(json: string): string | null {
  const at = new Scan(json).fault();
  if (at === null) return null;
  const line = json.slice(0, at).split('\n').length;
  const column = at - json.lastIndexOf('\n', at - 1);
  const found = json.codePointAt(at);
  const what = found === undefined ? 'it ends too early' : `unexpected ${JSON.stringify(String.fromCodePoint(found))}`;
  return `${what} at line ${line}, column ${column}`;
}

/** Each method reads what its name says. When it returns false, it has stopped at the first character that cannot be there. */
class Scan {
  readonly #json: string;
  #at = 0;
  /** The closing characters of the open objects and arrays, outermost first. */
  readonly #closers: string[] = [];

  constructor(json: string) {
    this.#json = json;
  }

  /** The index of the first character that cannot be there, the text's length where more has to come; null for valid JSON. */
  fault(): number | null {
    while (this.#startOfValue()) {
      const isWhole = this.#endOfValue();
      if (isWhole !== null) return isWhole ? null : this.#at;
    }
    return this.#at;
  }

  /** Reads opening brackets and keys up to the end of the first scalar, or up to the closer of an empty object or array. */
  #startOfValue(): boolean {
    for (;;) {
      this.#skip(SPACE);
      if (this.#json[this.#at] === '"') return this.#string();
      const isArray = this.#take('[');
      if (!isArray && !this.#take('{')) return this.#skip(SCALAR);
      this.#closers.push(isArray ? ']' : '}');
      this.#skip(SPACE);
      if (this.#json[this.#at] === this.#closers.at(-1)) return true;
      if (!isArray && !this.#key()) return false;
    }
  }

  /** Reads closers and commas. Null when a value must follow, true at the end of the text. */
  #endOfValue(): boolean | null {
    for (;;) {
      this.#skip(SPACE);
      const closer = this.#closers.at(-1);
      if (closer === undefined) return this.#at === this.#json.length;
      if (this.#take(closer)) this.#closers.pop();
      else if (!this.#take(',')) return false;
      else return closer === ']' || this.#key() ? null : false;
    }
  }

  #key(): boolean {
    this.#skip(SPACE);
    if (this.#json[this.#at] !== '"' || !this.#string()) return false;
    this.#skip(SPACE);
    return this.#take(':');
  }

  #string(): boolean {
    this.#at++;
    do this.#skip(PLAIN);
    while (this.#skip(ESCAPE));
    return this.#take('"');
  }

  #take(character: string): boolean {
    if (this.#json[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#json)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
