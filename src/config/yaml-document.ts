// YAML as a value whose places are known: a mistake that somebody finds in the value later, by its path, is told with the
// line and column where it stands. It must not know what the value means.
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** What is wrong with a file, and where. Lines and columns count from 1. */
export interface Mistake {
  readonly line: number;
  readonly column: number;
  /** Such as `groups[0].targets[1].port`; null where the text is no YAML. */
  readonly path: string | null;
  readonly message: string;
}

/** A file that cannot be taken: each mistake of it. */
export class MistakesError extends Error {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(inWords).join('\n'));
    this.name = 'MistakesError';
    this.mistakes = mistakes;
  }
}

/** `3:12: groups[0].rise: takes an integer from 1 to 100` */
export function inWords({ line, column, path, message }: Mistake): string {
  return `${line}:${column}: ${path === null ? '' : `${path}: `}${message}`;
}

export class YamlDocument {
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  /**
   * Throws MistakesError. A key twice in one mapping, a tag that means nothing here, and a second document are mistakes
   * too.
   */
  constructor(text: string) {
    const options = { lineCounter: this.#lines, prettyErrors: false, stringKeys: true, version: '1.2' } as const;
    this.#document = parseDocument(text, options);
    const wrong = [...this.#document.errors, ...this.#document.warnings];
    if (wrong.length > 0) {
      throw new MistakesError(wrong.map(({ pos, message }) => this.#mistake(pos[0], null, message)));
    }
    try {
      this.value = this.#document.toJS();
    } catch (error) {
      // Aliases that stand for more than they may.
      throw new MistakesError([this.#mistake(0, null, error instanceof Error ? error.message : String(error))]);
    }
  }

  /** A mistake at what `path` leads to, or at the last step of it that is there. */
  mistakeAt(path: string, message: string): Mistake {
    let node: unknown = this.#document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const [, index, key] of path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)) {
      if (isAlias(node)) node = node.resolve(this.#document);
      if (isSeq(node) && index !== undefined) node = node.items[Number(index)];
      else if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
        // A key is what people look for; its value may be lines further down.
        offset = offsetOf(pair?.key) ?? offset;
        node = pair?.value;
        continue;
      } else break;
      offset = offsetOf(node) ?? offset;
    }
    return this.#mistake(offset, path, message);
  }

  #mistake(offset: number, path: string | null, message: string): Mistake {
    const { line, col } = this.#lines.linePos(offset);
    // The position of an empty text is line 0.
    return { line: Math.max(1, line), column: Math.max(1, col), path, message: message.split('\n', 1)[0] ?? '' };
  }
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
