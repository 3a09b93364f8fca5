// API tokens: who may call, by bearer token. A file is read again when it changes, so that a mounted secret can be
// rotated under a running service. Only hashes are kept in memory, and nothing here prints a token.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A bearer token as its hash. `name` is its caller's, for limits and the log. */
export interface Token {
  readonly name: string;
  readonly hash: Buffer;
}

const NAME = /^[\w.-]{1,64}$/;
const SHA256 = /^[0-9a-f]{64}$/i;
/** RFC 6750, section 2.1: what a bearer token may consist of. */
const BEARER = /^[A-Za-z0-9\-._~+/]+=*$/;
/** In characters. A shorter token can be guessed within its lifetime. */
const MIN_TOKEN = 16;
/** How often the file is read. A mounted Kubernetes secret changes by a link, which file events do not follow. */
const LOOK_MS = 2000;

/**
 * Reads `name:token` or `name:sha256:<64 hex digits>` from each entry. Throws an Error whose one line says which entry is
 * wrong, by its number, for an entry is a secret.
 */
export function parseTokens(entries: readonly string[]): readonly Token[] {
  const tokens = entries.map((entry, index) => {
    const token = parseToken(entry);
    if (typeof token === 'string') throw new Error(`entry ${index + 1} takes ${token}`);
    return token;
  });
  if (new Set(tokens.map(({ name }) => name)).size < tokens.length) throw new Error('two entries have the same name');
  return tokens;
}

/** A returned string is what the entry takes. */
function parseToken(entry: string): Token | string {
  const [name = '', kind = '', ...rest] = entry.split(':');
  if (!entry.includes(':') || !NAME.test(name))
    return 'name:token or name:sha256:<hex>, the name in at most 64 letters, digits and ._-';
  if (kind === 'sha256' && rest.length > 0) {
    const hex = rest.join(':');
    return SHA256.test(hex) ? { name, hash: Buffer.from(hex, 'hex') } : '64 hexadecimal digits after sha256:';
  }
  const isToken = rest.length === 0 && kind.length >= MIN_TOKEN && BEARER.test(kind);
  return isToken ? { name, hash: hashOf(kind) } : `a token of at least ${MIN_TOKEN} letters, digits and -._~+/`;
}

/** The entry of a file that `token` is known by: `name:sha256:<hex>`; null where either cannot be one. */
export function hashedEntry(name: string, token: string): string | null {
  const parsed = parseToken(`${name}:${token}`);
  return typeof parsed === 'string' || token.includes(':') ? null : `${name}:sha256:${parsed.hash.toString('hex')}`;
}

/** A file's entries: one a line; empty lines and those that begin with # do not count. */
function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

export class Tokens {
  #tokens: readonly Token[];
  #watch: NodeJS.Timeout | undefined;
  /** The file they come from, as it was when they were taken over. */
  #file: { readonly path: string; readonly hash: Buffer } | null = null;

  /** Throws as parseTokens() does. */
  constructor(entries: readonly string[]) {
    this.#tokens = parseTokens(entries);
  }

  /** The tokens of a file, as they are now. Throws as parseTokens() does, and where the file cannot be read. */
  static ofFile(path: string): Tokens {
    const text = readFileSync(path, 'utf8');
    const tokens = new Tokens(linesOf(text));
    tokens.#file = { path, hash: hashOf(text) };
    return tokens;
  }

  /**
   * Keeps them up to date with their file, if they have one. What cannot be read or understood, or holds no token, leaves
   * them as they were. `tell` hears of every change: null, or why the new file is not in use.
   */
  watch(tell: (failure: string | null) => void, everyMs = LOOK_MS): void {
    if (this.#file === null) return;
    const { path } = this.#file;
    let last = this.#file.hash;
    let lastFailure: string | null = null;
    const look = (): void => {
      try {
        const now = readFileSync(path, 'utf8');
        const hash = hashOf(now);
        if (hash.equals(last) && lastFailure === null) return;
        const tokens = parseTokens(linesOf(now));
        // An empty file is a mistake, or it is about to be written. An operator who wants to let nobody in ends the service.
        if (tokens.length === 0) throw new Error('the file holds no token');
        this.#tokens = tokens;
        last = hash;
        lastFailure = null;
        tell(null);
      } catch (error) {
        const failure = error instanceof Error ? error.message : String(error);
        if (failure !== lastFailure) tell(failure);
        lastFailure = failure;
      }
    };
    this.#watch = setInterval(look, everyMs).unref();
  }

  /** Ends the watch over the file. */
  close(): void {
    clearInterval(this.#watch);
  }

  get size(): number {
    return this.#tokens.length;
  }

  /**
   * The name of the token `presented`, or null. Compares its hash with all hashes to the end, so that the time tells
   * neither how much of a token is right nor whose it is.
   */
  nameOf(presented: string): string | null {
    const hash = hashOf(presented);
    let found: string | null = null;
    for (const token of this.#tokens) if (timingSafeEqual(token.hash, hash)) found = token.name;
    return found;
  }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
