// Where targets come from: words of the command line, and the lines of files, of which any number is read in constant
// memory. What a line says is read here (comments, CSV); whether that is a target, the contract says.
import { createReadStream, fstatSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { UsageError } from './usage-error.ts';

/** One target as it is asked for. */
export interface Entry {
  readonly target: string;
  /** Where it stands, `pairs.txt:17`; null for a word of the command line. */
  readonly at: string | null;
}

/** The API takes no longer line either. */
const MAX_LINE = 8192;
const CSV = /^"?([^",;]*)"?\s*[,;]\s*"?([^",;]*)"?$/;
const HEADER = /^"?(host|hostname|target|address|ip)"?\s*[,;]\s*"?port"?$/i;

/** `-` is standard input. */
const STDIN = '-';

export class Targets {
  readonly #words: readonly string[];
  readonly #files: readonly { readonly name: string; readonly stream: Readable; readonly bytes: number }[];
  #readBytes = 0;
  #given = 0;
  #isDone = false;

  /** Opens the files, so that one that is not there is told before anything is asked. Throws UsageError. */
  constructor(words: readonly string[], files: readonly string[]) {
    this.#words = words;
    this.#files = files.map(open);
  }

  /** How many there are in all: counted, or what the part that was read lets expect; null where nothing does. */
  get expected(): number | null {
    if (this.#isDone) return this.#given;
    const bytes = this.#files.reduce((sum, file) => sum + file.bytes, 0);
    if (!Number.isFinite(bytes) || this.#readBytes === 0) return null;
    return Math.max(this.#given, Math.round((this.#given * bytes) / this.#readBytes));
  }

  /** Whoever waits for the next line waits no longer, and is told of an error. */
  close(): void {
    for (const { stream } of this.#files) stream.destroy();
  }

  /** As many at a time as came together. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Entry[]> {
    yield this.#counted(this.#words.map((target) => ({ target, at: null })));
    for (const { name, stream } of this.#files) {
      let line = 0;
      for await (const texts of this.#linesOf(name, stream)) {
        const entries: Entry[] = [];
        for (const text of texts) {
          const target = targetIn(text, ++line === 1);
          if (target !== null) entries.push({ target, at: `${name}:${line}` });
        }
        yield this.#counted(entries);
      }
    }
    this.#isDone = true;
  }

  #counted(entries: readonly Entry[]): readonly Entry[] {
    this.#given += entries.length;
    return entries;
  }

  async *#linesOf(name: string, stream: Readable): AsyncGenerator<readonly string[]> {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        this.#readBytes += chunk.length;
        const lines = (rest + decoder.write(chunk)).split('\n');
        // Of a line without an end no more is kept than tells that it is too long.
        rest = (lines.pop() ?? '').slice(0, MAX_LINE);
        yield lines;
      }
    } catch (error) {
      throw unreadable(name, error);
    }
    rest += decoder.end();
    if (rest !== '') yield [rest];
  }
}

function open(path: string) {
  const name = path === STDIN ? 'standard input' : path;
  if (path === STDIN) return { name, stream: process.stdin, bytes: Infinity };
  try {
    const fd = openSync(path, 'r');
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new Error('it is a directory');
    return { name, stream: createReadStream(path, { fd }), bytes: stat.isFile() ? stat.size : Infinity };
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, error: unknown): UsageError {
  return new UsageError(`--file ${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}

/** The target that a line asks for, in the API's spelling; null for a line that does not count. */
export function targetIn(line: string, isFirst: boolean): string | null {
  const text = (isFirst ? line.replace(/^\ufeff/, '') : line).trim();
  if (text === '' || text.startsWith('#') || (isFirst && HEADER.test(text))) return null;
  const [, host, port] = CSV.exec(text) ?? [];
  if (host === undefined || port === undefined) return text;
  return `${host.includes(':') && !host.startsWith('[') ? `[${host.trim()}]` : host.trim()}:${port.trim()}`;
}
