// The HTTP application on fakes, closed when its test ends. No thread, no socket, no port.
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import type { Outcome } from '../../src/check/outcome.ts';
import type { Check, CheckReply, CheckResult } from '../../src/check/result.ts';
import type { Inquiry, OpenInquiry } from '../../src/check/inquiry.ts';
import { memoryOf, type Pool } from '../../src/check/pool.ts';
import { Slices } from '../../src/check/slices.ts';
import type { CheckObserver } from '../../src/check/observer.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import { admissionTo, type CheckRunner } from '../../src/callers/admission.ts';
import type { FleetView } from '../../src/fleet/fleet-view.ts';
import type { FileView } from '../../src/groups/file-in-force.ts';
import type { Load } from '../../src/http/instance-routes.ts';
import { Lifecycle } from '../../src/process/lifecycle.ts';
import { PolicyInForce } from '../../src/policy/policy-in-force.ts';
import { type Config, DEFAULTS } from '../../src/config/settings.ts';
import { Tokens } from '../../src/callers/tokens.ts';

/** The part of tap's Test that a fixture needs. */
interface Closing {
  teardown(close: () => unknown): unknown;
}

/** A checker of a test may be one that no stream is opened of. */
type Answering = Pick<CheckRunner, 'check'> & Partial<Pick<CheckRunner, 'open'>>;

function opensNothing(): never {
  throw new Error('the test opens no stream');
}

const FAKE_VANTAGE = { name: 'fake' };

/** Answers at once; ports say what becomes of a target: 1 is refused, everything else open. */
export class FakeChecker implements CheckRunner {
  readonly vantage = FAKE_VANTAGE;
  readonly asked: (readonly Check[])[] = [];
  readonly inquiries: Inquiry[] = [];
  readonly #observer: CheckObserver | null;

  constructor(observer: CheckObserver | null = null) {
    this.#observer = observer;
  }

  check(checks: readonly Check[], inquiry: Inquiry): Promise<CheckReply> {
    this.asked.push(checks);
    this.inquiries.push(inquiry);
    const results = checks.map(resultOf);
    results.forEach((result, index) => {
      const check = checks[index];
      if (check !== undefined) this.#observer?.settled?.(inquiry.asker, check, result, null);
      inquiry.onResult?.(index, result);
    });
    return Promise.resolve(replyOf(results));
  }

  open(inquiry: Inquiry): OpenInquiry {
    const asked: Check[] = [];
    this.asked.push(asked);
    this.inquiries.push(inquiry);
    return {
      late: () => null,
      room: () => null,
      ask: (check, index) => {
        asked.push(check);
        inquiry.onResult?.(index, resultOf(check));
      },
      told: () => undefined,
      close: () => undefined,
    };
  }
}

export function resultOf({ target, name }: Check): CheckResult {
  const outcome: Outcome = target.port === 1 ? 'refused' : 'open';
  return {
    target: target.text,
    name,
    ok: outcome === 'open',
    expect: undefined,
    outcome,
    latencyMs: 0.1,
    address: '127.0.0.1',
    dns: null,
    cause: null,
    stats: undefined,
    attempts: [],
  };
}

export function replyOf(results: readonly CheckResult[]): CheckReply {
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of results) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const ok = results.filter((result) => result.ok).length;
  return {
    ok: ok === results.length,
    checkedAt: '2026-11-22T17:00:00.000Z',
    vantage: FAKE_VANTAGE,
    durationMs: 0.5,
    summary: { total: results.length, ok, notOk: results.length - ok, outcomes },
    results,
  };
}

/** Parsed log lines, the oldest first. */
export type Log = Record<string, unknown>[];

export function loggerTo(log: Log): Logger {
  return pino({}, { write: (line: string) => log.push(JSON.parse(line) as Log[number]) });
}

export interface Built<Checker extends Answering> {
  readonly app: FastifyInstance;
  readonly checker: Checker;
  readonly judge: PolicyInForce;
  readonly lifecycle: Lifecycle;
  /** The reactor as HTTP sees it; a test sets its fields. */
  readonly reactor: { live: boolean; ready: boolean };
  /** Parsed log lines so far. */
  readonly log: Log;
}

export function build<Checker extends Answering>(
  t: Closing,
  parts: {
    config?: Partial<Config>;
    judge?: PolicyInForce;
    checker: Checker;
    log?: Log;
    maxConnections?: number;
    memory?: Pool;
  },
): Promise<Built<Checker>>;
export function build(
  t: Closing,
  parts?: {
    config?: Partial<Config>;
    file?: FileView;
    fleet?: FleetView;
    maxConnections?: number;
    memory?: Pool;
    load?: () => Load;
  },
): Promise<Built<FakeChecker>>;
export async function build(
  t: Closing,
  parts: {
    config?: Partial<Config>;
    judge?: PolicyInForce;
    checker?: Answering;
    log?: Log;
    file?: FileView;
    fleet?: FleetView;
    maxConnections?: number;
    memory?: Pool;
    load?: () => Load;
  } = {},
): Promise<Built<Answering>> {
  const checker = parts.checker ?? new FakeChecker();
  const lifecycle = new Lifecycle();
  lifecycle.enter('serving');
  const reactor = { live: true, ready: true };
  const log: Log = parts.log ?? [];
  const config = { ...DEFAULTS, ...parts.config };
  const judge = parts.judge ?? new PolicyInForce(config);
  const load = { inFlight: 3, queued: 2, restarts: 1, silentMs: 1500 };
  const metrics = new Metrics({
    load: () => load,
    maxInFlight: 10,
    denials: judge.denials,
    version: '1.2.3',
    file: parts.file ?? null,
    fleet: () => parts.fleet ?? null,
  });
  const app = await buildApp({
    config,
    checker: admissionTo(
      {
        vantage: FAKE_VANTAGE,
        check: (...asked) => checker.check(...asked),
        open: (...asked) => checker.open?.(...asked) ?? opensNothing(),
      },
      config,
    ),
    policy: judge,
    tokens: config.apiTokens.length === 0 ? null : new Tokens(config.apiTokens),
    metrics,
    reactor: { health: () => ({ ...reactor, detail: 'fake' }) },
    lifecycle,
    file: parts.file ?? null,
    fleet: parts.fleet ?? null,
    load: parts.load ?? (() => ({ inFlight: 3, unanswered: 8 })),
    maxConnections: parts.maxConnections ?? Infinity,
    memory: parts.memory ?? memoryOf(1024),
    slices: new Slices(),
    logger: loggerTo(log),
  });
  t.teardown(() => app.close());
  return { app, checker, judge, lifecycle, reactor, log };
}

/** On a free loopback port, which it returns; Fastify's own word about it leaves the log. */
export async function listen({ app, log }: Pick<Built<Answering>, 'app' | 'log'>): Promise<number> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  log.length = 0;
  return Number(new URL(url).port);
}
