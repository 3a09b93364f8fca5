// What a probe may ask: a target, the name of a module, and how long its scrape may take. A module is a set of options under
// a name, for callers such as Prometheus that can only say a name.
import type { Question } from './question-reader.ts';
import type { Contract } from './contract.ts';
import type { FieldError } from './field-errors.ts';
import type { CheckBodyOptions, RequestLimits } from './request-schemas.ts';

/** Options of a check. The scrape, not the module, has the deadline. */
export type ProbeModule = Readonly<Partial<Omit<CheckBodyOptions, 'deadlineMs' | 'results'>>>;

/** A configuration may have others, or its own under these names. */
export const PROBE_MODULES: ReadonlyMap<string, ProbeModule> = new Map([
  ['tcp_connect', {}],
  ['tcp_connect_v4', { family: 'ipv4' }],
  ['tcp_connect_v6', { family: 'ipv6' }],
  ['tcp_tls', { tls: true }],
]);
export const DEFAULT_MODULE = 'tcp_connect';
export const SCRAPE_TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';

/** What Prometheus needs to take the reply, once there is one. */
const MARGIN_MS = 500;
const MIN_MS = 10;
const HOUR_MS = 3_600_000;

export interface Probe {
  readonly target: string;
  readonly module: string;
  /** The header's text; undefined where there is none. */
  readonly scrapeTimeout: string | undefined;
}

/** A probe's question, with the timeout that its target has; or what is wrong with it. */
export type ParsedProbe =
  { readonly question: Question; readonly timeoutMs: number } | { readonly errors: readonly FieldError[] };

type Limits = Pick<RequestLimits, 'defaultTimeoutMs' | 'maxTimeoutMs' | 'maxDeadlineMs'>;

export class ProbeContract {
  readonly #contract: Contract;
  readonly #modules: () => ReadonlyMap<string, ProbeModule>;
  readonly #limits: Limits;

  /** `modules`: by name, those of the configuration as they are now. One that is called like a built-in one replaces it. */
  constructor(contract: Contract, modules: () => ReadonlyMap<string, ProbeModule>, limits: Limits) {
    this.#contract = contract;
    this.#modules = modules;
    this.#limits = limits;
  }

  parse({ target, module: name, scrapeTimeout }: Probe): ParsedProbe {
    const configured = this.#modules();
    const module = configured.get(name) ?? PROBE_MODULES.get(name);
    if (module === undefined) {
      const names = new Set([...PROBE_MODULES.keys(), ...configured.keys()]);
      return { errors: [{ path: 'module', message: `takes one of ${[...names].join(', ')}` }] };
    }
    const scrapeMs = scrapeTimeout === undefined ? null : millisecondsOf(scrapeTimeout);
    if (Number.isNaN(scrapeMs)) {
      return { errors: [{ path: SCRAPE_TIMEOUT_HEADER, message: 'takes a number of seconds above 0' }] };
    }
    const times = timesOf(module.timeoutMs ?? this.#limits.defaultTimeoutMs, scrapeMs, this.#limits);
    const parsed = this.#contract.parse({ ...module, ...times, targets: [target] });
    if (!('errors' in parsed)) return { question: parsed, timeoutMs: times.timeoutMs };
    return {
      errors: parsed.errors.map(({ path, message }) => ({ path: path.replace('targets[0]', 'target'), message })),
    };
  }
}

/** NaN for what is no number of seconds above 0. */
function millisecondsOf(text: string): number {
  const seconds = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  return seconds > 0 ? seconds * 1000 : NaN;
}

/**
 * A target that says nothing has to be told as `timeout` before the scrape is over, so it has the scrape's time less a
 * margin, or half of a time that is shorter than two of those. The deadline is for what waits inside reachd; it lies
 * between the two, because at the deadline only what has had its whole timeout is a `timeout`.
 */
function timesOf(
  wantedMs: number,
  scrapeMs: number | null,
  { maxTimeoutMs, maxDeadlineMs }: Limits,
): { timeoutMs: number; deadlineMs?: number } {
  if (scrapeMs === null) return { timeoutMs: Math.min(wantedMs, maxTimeoutMs) };
  const mostMs = Math.max(scrapeMs - MARGIN_MS, scrapeMs / 2);
  const timeoutMs = Math.max(MIN_MS, Math.floor(Math.min(wantedMs, mostMs, maxTimeoutMs)));
  const endMs = Math.min((scrapeMs + mostMs) / 2, maxDeadlineMs === 0 ? HOUR_MS : maxDeadlineMs);
  return { timeoutMs, deadlineMs: Math.max(MIN_MS, Math.floor(endMs)) };
}
