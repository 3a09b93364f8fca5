// Asks a server, by the stream that its API takes: each target is a line of one request, each answer a line of its reply,
// both at the same time. It knows of HTTP what any caller does.
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { finding } from '../check/outcome.ts';
import type { CheckResult, Vantage, VantageAnswer } from '../check/result.ts';
import type { FieldError } from '../contract/field-errors.ts';
import { explainFlag, type Query } from './contract-flags.ts';
import type { Answer, Door } from './door.ts';
import { DoorError } from './door.ts';
import { UsageError } from './usage-error.ts';

/** Targets without an answer: the server has a window of its own, this one bounds our memory. */
const WINDOW = 10_240;

interface ProblemReply {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
}

type ReplyLine =
  | { readonly index: number; readonly problem: ProblemReply }
  | ({ readonly index: number } & CheckResult)
  | { readonly summary: object; readonly vantage: Vantage; readonly vantages?: readonly VantageAnswer[] };

/** An answer that is to come. */
interface Awaited {
  readonly target: string;
  readonly answered: (answer: Answer) => void;
  /** Of a target that several vantages are asked for: one of them has answered. */
  isAnswered: boolean;
}

/**
 * `url`: where reachd is, with any path that leads to it. `isMany`: each target has the answers of several vantages, nobody
 * knows of how many. Throws UsageError.
 */
export function openAtServer(url: string, token: string, query: Query, isMany: boolean): Door {
  const where = URL.canParse(url) ? new URL(url) : null;
  if (where === null || !/^https?:$/.test(where.protocol)) {
    throw new UsageError(`--url takes a URL such as http://reachd.internal:8080, not ${JSON.stringify(url)}`);
  }
  where.pathname = `${where.pathname.replace(/\/$/, '')}/check`;
  for (const [key, value] of Object.entries(query))
    for (const one of [value].flat()) where.searchParams.append(key, one);
  const request = where.protocol === 'https:' ? httpsRequest : httpRequest;
  return new AtServer(
    request(where, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-ndjson',
        accept: 'application/x-ndjson',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
    }),
    where.origin,
    isMany,
  );
}

class AtServer implements Door {
  vantage = '';
  vantages: readonly VantageAnswer[] | null = null;
  readonly #request: ClientRequest;
  readonly #origin: string;
  readonly #isMany: boolean;
  /** By index; those that have no answer, or may have another one. */
  readonly #asked = new Map<number, Awaited>();
  #unanswered = 0;
  #index = 0;
  #failure: Error | null = null;
  #isCancelled = false;
  /** Whoever waits for room. */
  #look: () => void = () => undefined;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor(request: ClientRequest, origin: string, isMany: boolean) {
    this.#isMany = isMany;
    this.#request = request;
    this.#origin = origin;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    request.on('drain', () => this.#look());
    request.on('error', (error: NodeJS.ErrnoException) => {
      this.#fail(new DoorError(`${this.#origin} does not answer: ${error.code ?? error.message}`));
    });
    request.on('response', (response) => void this.#read(response));
    // Sends the head now: a refusal should come before the first target.
    request.flushHeaders();
  }

  ask(target: string, answered: (answer: Answer) => void): Promise<void> | null {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#unanswered >= WINDOW || this.#request.writableNeedDrain) {
      return new Promise((look) => (this.#look = look));
    }
    this.#asked.set(this.#index++, { target, answered, isAnswered: false });
    this.#unanswered++;
    this.#request.write(`${JSON.stringify(target)}\n`);
    return null;
  }

  /** The server hears that nobody waits any more, and answers nobody: what has no answer by now has this one. */
  cancel(): void {
    this.#isCancelled = true;
    this.#request.destroy();
    for (const { target, answered, isAnswered } of this.#asked.values()) {
      if (!isAnswered) answered({ result: cancelled(target) });
    }
    this.#asked.clear();
    this.#end();
    this.#look();
  }

  async finish(): Promise<void> {
    this.#request.end();
    await this.#ended;
    if (this.#failure !== null && !this.#isCancelled) throw this.#failure;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #read(response: IncomingMessage): Promise<void> {
    try {
      if (response.statusCode !== 200) await this.#refuse(response);
      else await this.#readLines(response);
    } catch (error) {
      const isOurs = error instanceof DoorError || error instanceof UsageError;
      this.#fail(isOurs ? error : new DoorError(`the reply of ${this.#origin} broke off`));
    }
    this.#request.destroy();
    this.#end();
  }

  async #readLines(response: IncomingMessage): Promise<void> {
    let rest = '';
    let isWhole = false;
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) isWhole = this.#settle(JSON.parse(line) as ReplyLine);
    }
    if (!isWhole) throw new DoorError(`the reply of ${this.#origin} broke off`);
  }

  /** Whether it is the last line. */
  #settle(line: ReplyLine): boolean {
    if ('summary' in line) {
      this.vantage = line.vantage.name;
      this.vantages = line.vantages ?? null;
      return true;
    }
    const { index, ...answer } = line;
    const awaited = this.#asked.get(index);
    if (awaited === undefined) return false;
    if (!awaited.isAnswered) this.#unanswered--;
    awaited.isAnswered = true;
    if (!this.#isMany) this.#asked.delete(index);
    awaited.answered('problem' in answer ? { problem: explain(answer.problem) } : { result: answer });
    this.#look();
    return false;
  }

  async #refuse(response: IncomingMessage): Promise<never> {
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
    const problem = problemIn(body);
    if (response.statusCode === 401) {
      throw new DoorError(`${this.#origin} takes an API token: set REACHD_TOKEN to a valid one`);
    }
    // The targets are lines of the body, so what is wrong with the request as such are its options.
    if (problem.errors !== undefined) throw new UsageError(problem.errors.map(explainFlag).join('; '));
    throw new DoorError(`${this.#origin} says ${String(response.statusCode)}: ${explain(problem)}`);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#look();
    this.#end();
  }
}

function cancelled(target: string): CheckResult {
  const found = finding('cancelled', 'local', 'ECANCELED', 'cancelled before the server had answered');
  return { target, ok: false, ...found, latencyMs: null, address: null, dns: null, attempts: [] };
}

function problemIn(body: string): ProblemReply {
  try {
    return JSON.parse(body) as ProblemReply;
  } catch {
    return { title: 'this is no reply of reachd' };
  }
}

function explain({ errors = [], detail, title = '' }: ProblemReply): string {
  if (errors.length === 0) return detail ?? title;
  return errors.map(({ path, message }) => (path === 'target' ? message : `${path}: ${message}`)).join('; ');
}
