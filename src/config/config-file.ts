// CONFIG_FILE: read at the start, read again when its text changes and on demand. What it says is somebody else's to take
// over or to refuse; a text that is refused changes nothing. It must not know what is in the file.
import { readFile } from 'node:fs/promises';
import { type Mistake, MistakesError, YamlDocument } from './yaml-document.ts';

/** Takes over what a document says, all of it or nothing. Rejects with MistakesError. */
export type Take = (document: YamlDocument) => Promise<void>;

/** Why the file is not in force: it cannot be read, or it has mistakes. */
export type Refusal = string | readonly Mistake[];

/** How often the file is read. A mounted Kubernetes ConfigMap changes by a link, which file events do not follow. */
const LOOK_MS = 2000;

export class ConfigFile {
  readonly path: string;
  readonly #take: Take;
  /** As it was read last, in force or not; null where it could not be read. */
  #text: string | null = null;
  #lastRefusal: string | null = null;
  /** One reading at a time, in order. */
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;
  #timer: NodeJS.Timeout | undefined;
  #tell: (refusal: Refusal | null) => void = () => undefined;

  private constructor(path: string, take: Take) {
    this.path = path;
    this.#take = take;
  }

  /** Reads the file for the first time. Rejects with an Error whose lines name each mistake, with its place. */
  static async open(path: string, take: Take): Promise<ConfigFile> {
    const file = new ConfigFile(path, take);
    try {
      file.#text = await readFile(path, 'utf8');
      await take(new YamlDocument(file.#text));
      return file;
    } catch (error) {
      if (!(error instanceof MistakesError)) throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
      throw new Error(error.message.replaceAll(/^/gm, `${path}:`), { cause: error });
    }
  }

  /** Whether the file, as it was read last, is in force. */
  get isInForce(): boolean {
    return this.#lastRefusal === null;
  }

  /** Keeps up with the file. `tell` hears of every reading that changed something: null, or why the old one stays in force. */
  watch(tell: (refusal: Refusal | null) => void, everyMs = LOOK_MS): void {
    this.#tell = tell;
    this.#timer = setInterval(() => {
      if (!this.#isReading) void this.#read(false);
    }, everyMs).unref();
  }

  /** Reads the file now, and takes it over even if its text has not changed: what it was judged by may have. */
  reread(): Promise<void> {
    return this.#read(true);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(isAsked: boolean): Promise<void> {
    this.#isReading = true;
    this.#reading = this.#reading.then(async () => {
      await this.#look(isAsked);
      this.#isReading = false;
    });
    return this.#reading;
  }

  async #look(isAsked: boolean): Promise<void> {
    const last = this.#text;
    this.#text = null;
    try {
      const text = await readFile(this.path, 'utf8');
      this.#text = text;
      if (text === last && !isAsked) return;
      await this.#take(new YamlDocument(text));
      this.#lastRefusal = null;
      this.#tell(null);
    } catch (error) {
      const refusal = error instanceof MistakesError ? error.mistakes : messageOf(error);
      const words = messageOf(error);
      const isNews = words !== this.#lastRefusal || isAsked;
      this.#lastRefusal = words;
      if (isNews) this.#tell(refusal);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
